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

resource "aws_launch_template" "app" {
  name          = "app"
  image_id      = "ami-0a1b2c3d"
  instance_type = "t3.small"

  metadata_options {
    http_endpoint = "disabled"
    http_tokens   = "required"
  }
}

resource "aws_instance" "app" {
  ami           = "ami-0a1b2c3d"
  instance_type = "t3.small"

  launch_template {
    id = aws_launch_template.app.id
  }

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "optional"
  }
}
