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

resource "aws_cloudtrail" "regional" {
  name                          = "regional"
  s3_bucket_name                = "example-log-archive"
  is_multi_region_trail         = true
  include_global_service_events = false
}
