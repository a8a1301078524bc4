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

resource "aws_apigatewayv2_stage" "shop" {
  api_id      = "a1b2c3d4e5"
  name        = "$default"
  auto_deploy = true
}
