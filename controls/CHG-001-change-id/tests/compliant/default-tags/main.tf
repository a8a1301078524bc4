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

  default_tags {
    tags = {
      ChangeId = "CHG-1042"
    }
  }
}

resource "aws_sqs_queue" "orders" {
  name = "orders"
  tags = {
    Environment = "prod"
  }
}
