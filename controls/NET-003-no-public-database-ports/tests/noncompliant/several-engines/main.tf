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
  engines = {
    mysql     = 3306
    sqlserver = 1433
    redis     = 6379
  }
}

resource "aws_security_group" "database" {
  name        = "database"
  description = "database"
  vpc_id      = "vpc-0a1b2c3d4e5f60718"
}

resource "aws_vpc_security_group_ingress_rule" "engine" {
  for_each = local.engines

  security_group_id = aws_security_group.database.id
  description       = each.key
  cidr_ipv4         = each.key == "redis" ? "10.0.0.0/8" : "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
}
