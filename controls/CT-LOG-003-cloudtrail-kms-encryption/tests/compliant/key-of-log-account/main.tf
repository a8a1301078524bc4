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

variable "log_key_arn" {
  type    = string
  default = "arn:aws:kms:eu-west-1:111122223333:key/11112222-3333-4444-5555-666677778888"
}

resource "aws_cloudtrail" "management" {
  name           = "management"
  s3_bucket_name = "example-log-archive"
  kms_key_id     = var.log_key_arn
}
