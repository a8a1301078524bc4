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
  bucket = "orders-archive-111122223333"
}

resource "aws_s3_bucket_public_access_block" "archive" {
  bucket             = aws_s3_bucket.archive.id
  block_public_acls  = true
  ignore_public_acls = true
}
