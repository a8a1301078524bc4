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

# enable_logging is left out: the provider starts a trail unless it is told not to.
resource "aws_cloudtrail" "management" {
  name           = "management"
  s3_bucket_name = "example-log-archive"
}
