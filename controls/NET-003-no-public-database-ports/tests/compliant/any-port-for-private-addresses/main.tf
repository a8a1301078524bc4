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

variable "port" {
  type = number
}

resource "aws_security_group" "database" {
  name   = "database"
  vpc_id = "vpc-0a1b2c3d4e5f60718"

  ingress {
    from_port   = var.port
    to_port     = var.port
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/16"]
  }
}
