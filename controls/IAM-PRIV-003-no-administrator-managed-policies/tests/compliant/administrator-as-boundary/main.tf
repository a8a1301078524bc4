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

resource "aws_iam_user" "robot" {
  name                 = "robot"
  permissions_boundary = "arn:aws:iam::aws:policy/AdministratorAccess"
}
