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
    from_port = 5000
    to_port = 5000
    description = "public"
    ipv6_cidr_blocks = ["::/0"]
  }
}
