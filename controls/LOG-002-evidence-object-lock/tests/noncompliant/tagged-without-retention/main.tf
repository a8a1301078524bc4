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

resource "aws_s3_bucket" "archive" {
  bucket              = "example-log-archive"
  object_lock_enabled = true

  tags = {
    purpose = "evidence"
  }
}
