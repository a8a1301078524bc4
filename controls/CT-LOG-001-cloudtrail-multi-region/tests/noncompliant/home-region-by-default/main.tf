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

# is_multi_region_trail is left out, so the trail covers its home Region only.
resource "aws_cloudtrail" "management" {
  name           = "management"
  s3_bucket_name = "example-log-archive"
}
