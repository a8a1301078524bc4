terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 6.0" }
  }
}

provider "aws" {
  region = "eu-west-1"
}

resource "aws_ebs_snapshot_block_public_access" "region" {
  state = "block-all-sharing"
}
