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

resource "aws_docdb_cluster" "documents" {
  cluster_identifier          = "documents"
  engine                      = "docdb"
  master_username             = "documents"
  manage_master_user_password = true
  storage_encrypted           = false
}
