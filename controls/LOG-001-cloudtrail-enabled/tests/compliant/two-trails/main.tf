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
    management = "example-log-archive"
    workload   = "example-workload-logs"
  }
}

resource "aws_cloudtrail" "this" {
  for_each = local.trails

  name           = each.key
  s3_bucket_name = each.value
  enable_logging = true
}
