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

variable "subnet" {
  type = string
}

resource "aws_instance" "app" {
  ami                         = "ami-0a1b2c3d4e5f60718"
  instance_type               = "t3.small"
  subnet_id                   = var.subnet
  associate_public_ip_address = false
}
