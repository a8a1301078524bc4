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
resource "aws_wafv2_web_acl_association" "app" {
  resource_arn = aws_lb.app.arn
  web_acl_arn  = "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/app/1a2b3c4d-0000-4000-8000-000000000001"
}
