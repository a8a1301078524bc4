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

resource "aws_redshift_cluster" "warehouse" {
  cluster_identifier           = "warehouse"
  node_type                    = "ra3.large"
  master_username              = "warehouse"
  manage_master_password       = true
  encrypted                    = true
  skip_final_snapshot          = true
  cluster_parameter_group_name = "default.redshift-2.0"
}
