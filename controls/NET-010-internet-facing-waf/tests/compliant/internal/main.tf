terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 6.0" }
  }
}

provider "aws" {
  region = "eu-west-1"
}

resource "aws_lb" "app" {
  name     = "app"
  subnets  = ["subnet-0a1b2c3d", "subnet-0a1b2c3e"]
  internal = true
  load_balancer_type = "application"
}
