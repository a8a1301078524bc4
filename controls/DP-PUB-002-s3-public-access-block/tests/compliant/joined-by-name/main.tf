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

locals {
  bucket = "orders-archive-111122223333"
}

resource "aws_s3_bucket" "archive" {
  bucket = local.bucket
}

resource "aws_s3_bucket_public_access_block" "archive" {
  bucket                  = local.bucket
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
