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
    from_port = 443
    to_port = 443
    description = "public"
    cidr_blocks = ["0.0.0.0/0"]
    ipv6_cidr_blocks = ["::/0"]
  }
  ingress {
    protocol = "tcp"
    from_port = 80
    to_port = 80
    description = "public"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
