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

# An empty string is how many modules say "no key"; the provider sends none.
variable "kms_key_id" {
  type    = string
  default = ""
}

resource "aws_cloudtrail" "management" {
  name           = "management"
  s3_bucket_name = "example-log-archive"
  kms_key_id     = var.kms_key_id
}
