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

resource "aws_launch_template" "web" {
  name      = "web"
  user_data = base64encode("#!/bin/bash\nexec /opt/shop --port=8080\n")
}
