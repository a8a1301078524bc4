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

provider "aws" {
  alias  = "replica"
  region = "eu-central-1"
}

resource "aws_kms_key" "primary" {
  description         = "Data in two Regions"
  multi_region        = true
  enable_key_rotation = true
}

resource "aws_kms_replica_key" "replica" {
  provider        = aws.replica
  description     = "Data in two Regions"
  primary_key_arn = aws_kms_key.primary.arn
}
