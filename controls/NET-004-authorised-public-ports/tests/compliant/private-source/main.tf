terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 6.0" }
  }
}

provider "aws" {
  region = "eu-west-1"
}

resource "aws_security_group" "web" {
  name        = "web"
  description = "web"
  vpc_id      = "vpc-0a1b2c3d"
  ingress {
    protocol = "tcp"
    from_port = 0
    to_port = 65535
    description = "public"
    cidr_blocks = ["10.0.0.0/8"]
  }
  ingress {
    protocol = "-1"
    from_port = 0
    to_port = 0
    description = "public"
    cidr_blocks = ["192.168.0.0/16"]
  }
}
