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

resource "aws_kms_key" "data" {
  enable_key_rotation = true
}

resource "aws_kinesis_stream" "clicks" {
  name        = "clicks"
  shard_count = 1
  encryption_type = "KMS"
  kms_key_id      = aws_kms_key.data.arn
}
