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
  networks = {
    app  = "10.20.0.0/16"
    data = "10.21.0.0/16"
  }
}

resource "aws_vpc" "this" {
  for_each = local.networks

  cidr_block = each.value

  tags = {
    Name = each.key
  }
}

resource "aws_flow_log" "this" {
  for_each = local.networks

  vpc_id               = aws_vpc.this[each.key].id
  traffic_type         = "ALL"
  log_destination_type = "s3"
  log_destination      = "arn:aws:s3:::example-flow-logs"
}
