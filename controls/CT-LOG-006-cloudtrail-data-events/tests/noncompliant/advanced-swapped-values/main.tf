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

resource "aws_cloudtrail" "management" {
  name           = "management"
  s3_bucket_name = "example-log-archive"

  advanced_event_selector {
    field_selector {
      field  = "eventCategory"
      equals = ["AWS::S3::Object"]
    }

    field_selector {
      field  = "resources.type"
      equals = ["Data"]
    }
  }
}
