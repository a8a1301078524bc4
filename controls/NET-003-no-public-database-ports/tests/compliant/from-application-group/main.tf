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

resource "aws_security_group" "application" {
  name        = "application"
  description = "application"
  vpc_id      = "vpc-0a1b2c3d4e5f60718"
}

resource "aws_security_group" "database" {
  name        = "database"
  description = "database"
  vpc_id      = "vpc-0a1b2c3d4e5f60718"

  ingress {
    description     = "example"
    protocol        = "tcp"
    from_port       = 5432
    to_port         = 5432
    security_groups = [aws_security_group.application.id]
  }
}
