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

resource "aws_instance" "web" {
  ami           = "ami-0a1b2c3d4e5f60718"
  instance_type = "t3.small"

  root_block_device {
    encrypted = true
  }

  # Nothing is said about encryption, and there is no snapshot to take it from.
  ebs_block_device {
    device_name = "/dev/sdf"
    volume_size = 20
  }
}
