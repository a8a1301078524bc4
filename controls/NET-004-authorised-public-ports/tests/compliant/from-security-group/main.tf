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
    protocol = "-1"
    from_port = 0
    to_port = 0
    description = "public"
    security_groups = ["sg-0a1b2c3e"]
  }
}
