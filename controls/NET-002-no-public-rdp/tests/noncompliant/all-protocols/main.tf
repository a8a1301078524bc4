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

resource "aws_security_group" "desktop" {
  name        = "desktop"
  description = "desktop"
  vpc_id      = "vpc-0a1b2c3d4e5f60718"
}

# With protocol -1 the rule has no ports at all.
resource "aws_vpc_security_group_ingress_rule" "all" {
  security_group_id = aws_security_group.desktop.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}
