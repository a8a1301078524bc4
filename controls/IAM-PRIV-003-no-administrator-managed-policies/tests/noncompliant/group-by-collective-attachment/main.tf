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

resource "aws_iam_group" "operators" {
  name = "operators"
}

resource "aws_iam_policy_attachment" "everybody" {
  name       = "everybody"
  groups     = [aws_iam_group.operators.name]
  policy_arn = "arn:aws:iam::aws:policy/IAMFullAccess"
}
