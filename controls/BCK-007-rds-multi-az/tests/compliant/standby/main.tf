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

resource "aws_db_instance" "ledger" {
  identifier        = "ledger"
  instance_class    = "db.m6g.large"
  engine            = "postgres"
  allocated_storage = 100
  multi_az          = true
  tags = {
    Environment = "prod"
  }
}
