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

resource "aws_db_instance" "copy" {
  identifier          = "orders-copy"
  instance_class      = "db.t4g.medium"
  replicate_source_db = "orders"

  tags = {
    Environment = "prod"
  }
}
