terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

# The resource's own tag wins over the provider's, also when it is blank.
provider "aws" {
  region = "eu-west-1"

  default_tags {
    tags = {
      Owner              = "team-payments"
      Environment        = "prod"
      DataClassification = "internal"
      ChangeId           = "CHG-2026-0142"
    }
  }
}

resource "aws_sqs_queue" "orders" {
  name = "orders"

  tags = {
    ChangeId = ""
  }
}
