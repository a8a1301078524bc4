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
      environment = "everywhere"
    }
  }
}

resource "aws_sqs_queue" "orders" {
  name = "orders"
}
