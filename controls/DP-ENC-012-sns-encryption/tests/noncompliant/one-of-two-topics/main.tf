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

resource "aws_kms_key" "data" {
  enable_key_rotation = true
}

locals {
  topics = { orders = true, invoices = false }
}

resource "aws_sns_topic" "all" {
  for_each          = local.topics
  name              = each.key
  kms_master_key_id = each.value ? aws_kms_key.data.id : null
}
