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
  internal = false
  load_balancer_type = "application"
}
resource "aws_wafregional_web_acl_association" "app" {
  resource_arn = aws_lb.app.arn
  web_acl_id   = "1a2b3c4d-0000-4000-8000-000000000001"
}
