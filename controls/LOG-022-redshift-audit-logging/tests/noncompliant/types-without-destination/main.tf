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

resource "aws_redshift_cluster" "facts" {
  cluster_identifier     = "facts"
  node_type              = "ra3.large"
  master_username        = "facts"
  manage_master_password = true
}

# Log types are for CloudWatch Logs; to S3 there is no bucket.
resource "aws_redshift_logging" "facts" {
  cluster_identifier   = aws_redshift_cluster.facts.id
  log_destination_type = "s3"
  log_exports          = ["connectionlog"]
}
