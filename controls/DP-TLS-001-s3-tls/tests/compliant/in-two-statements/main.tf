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

resource "aws_s3_bucket" "orders" {
  bucket = "orders-data-111122223333"
}

resource "aws_s3_bucket_policy" "orders" {
  bucket = aws_s3_bucket.orders.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [
      {
        Sid       = "Bucket"
        Effect    = "Deny"
        Principal = {
          AWS = "*"
        }
        Action    = "s3:*"
        Condition = {
          Bool = {
            "aws:SecureTransport" = "false"
          }
        }
        Resource  = "arn:aws:s3:::orders-data-111122223333"
      },
      {
        Sid       = "Objects"
        Effect    = "Deny"
        Principal = {
          AWS = ["*"]
        }
        Action    = "s3:*"
        Condition = {
          Bool = {
            "aws:SecureTransport" = false
          }
        }
        Resource  = "arn:aws:s3:::orders-data-111122223333/*"
      },
      {
        Effect    = "Allow"
        Principal = {
          AWS = "arn:aws:iam::111122223333:role/reader"
        }
        Action    = "s3:GetObject"
        Resource  = "arn:aws:s3:::orders-data-111122223333/*"
      },
    ]
  })
}
