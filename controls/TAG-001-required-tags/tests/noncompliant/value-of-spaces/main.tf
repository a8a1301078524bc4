terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

provider "aws" {
  region = "eu-west-1"
}

resource "aws_sqs_queue" "orders" {
  name = "orders"

  tags = {
    Owner              = "team-orders"
    Environment        = " "
    DataClassification = "internal"
    ChangeId           = "CHG-2026-0142"
  }
}
