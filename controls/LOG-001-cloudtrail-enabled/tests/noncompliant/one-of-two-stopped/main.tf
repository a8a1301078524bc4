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
  trails = {
    management = true
    workload   = false
  }
}

resource "aws_cloudtrail" "this" {
  for_each = local.trails

  name           = each.key
  s3_bucket_name = "example-log-archive"
  enable_logging = each.value
}
