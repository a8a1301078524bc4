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

module "archive" {
  source = "./archive"
}

resource "aws_cloudtrail" "management" {
  name           = "management"
  s3_bucket_name = module.archive.name
}
