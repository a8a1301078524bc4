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

resource "aws_lambda_layer_version_permission" "share" {
  layer_name      = "arn:aws:lambda:eu-west-1:111122223333:layer:tools"
  version_number  = 3
  statement_id    = "share"
  action          = "lambda:GetLayerVersion"
  principal       = "*"
  organization_id = "o-a1b2c3d4e5"
}
