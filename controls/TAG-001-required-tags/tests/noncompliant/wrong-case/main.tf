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

# Tag keys are case-sensitive: OWNER is another tag than Owner.
resource "aws_sqs_queue" "orders" {
  count = 2

  name = "orders-${count.index}"

  tags = {
    OWNER              = "team-payments"
    Environment        = "prod"
    DataClassification = "internal"
    ChangeId           = "CHG-2026-0142"
  }
}
