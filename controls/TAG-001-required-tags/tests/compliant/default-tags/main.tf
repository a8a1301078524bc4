terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

# The provider supplies three tags, the resource the fourth.
provider "aws" {
  region = "eu-west-1"

  default_tags {
    tags = {
      Owner       = "team-payments"
      Environment = "prod"
      ChangeId    = "CHG-2026-0142"
    }
  }
}

resource "aws_sqs_queue" "orders" {
  name = "orders"

  tags = {
    DataClassification = "internal"
  }
}
