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
  name = "robot"
}

resource "aws_iam_policy_attachment" "everybody" {
  name       = "everybody"
  users      = [aws_iam_user.robot.name]
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}
