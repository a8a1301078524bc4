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

resource "aws_docdb_cluster" "ledger" {
  cluster_identifier  = "ledger"
  engine              = "docdb"
  deletion_protection = true
  tags = {
    Environment = "prod"
  }
}
