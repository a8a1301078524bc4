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

  ebs_block_device {
    device_name = "/dev/sdf"
    volume_size = 20
    encrypted   = true
  }
}

resource "aws_launch_template" "fleet" {
  image_id      = "ami-0a1b2c3d4e5f60718"
  instance_type = "t3.small"

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      encrypted = "true"
    }
  }

  # No volume is made for a device that the image has and the instance does not get.
  block_device_mappings {
    device_name = "/dev/sdb"
    no_device   = "true"
  }
}

resource "aws_launch_configuration" "fleet" {
  image_id      = "ami-0a1b2c3d4e5f60718"
  instance_type = "t3.small"

  root_block_device {
    encrypted = true
  }
}
