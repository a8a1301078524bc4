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

resource "aws_ebs_snapshot_copy" "data" {
  source_snapshot_id = "snap-0a1b2c3d4e5f60718"
  source_region      = "eu-central-1"
  encrypted          = false
}
