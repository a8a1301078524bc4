terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 6.0" }
  }
}

provider "aws" {
  region = "eu-west-1"
}

variable "public" {
  type    = bool
  default = true
}

resource "aws_redshift_cluster" "facts" {
  cluster_identifier     = "facts"
  node_type              = "ra3.large"
  master_username        = "facts"
  manage_master_password = true
  skip_final_snapshot    = true
  publicly_accessible    = var.public
}
