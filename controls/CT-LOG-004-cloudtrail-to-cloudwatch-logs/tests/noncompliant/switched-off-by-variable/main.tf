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

# The module offers a log group and the caller does not take it.
variable "log_group_arn" {
  type    = string
  default = null
}

resource "aws_cloudtrail" "management" {
  name                       = "management"
  s3_bucket_name             = "example-log-archive"
  cloud_watch_logs_group_arn = var.log_group_arn
}
