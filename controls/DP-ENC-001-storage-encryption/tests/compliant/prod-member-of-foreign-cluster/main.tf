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

resource "aws_rds_cluster_instance" "reader" {
  identifier         = "orders-reader"
  cluster_identifier = "orders-of-another-stack"
  engine             = "aurora-postgresql"
  instance_class     = "db.r6g.large"

  tags = {
    Environment = "prod"
  }
}
