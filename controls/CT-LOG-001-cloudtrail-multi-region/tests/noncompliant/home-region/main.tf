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
  count = 2

  name                          = "regional-${count.index}"
  s3_bucket_name                = "example-log-archive"
  is_multi_region_trail         = count.index == 0
  include_global_service_events = true
}
