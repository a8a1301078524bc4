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

resource "aws_organizations_policy" "trails" {
  name = "trails"
  content = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Deny"
      Action   = "cloudtrail:*"
      Resource = "*"
    }]
  })
}

resource "aws_organizations_policy_attachment" "trails" {
  policy_id = aws_organizations_policy.trails.id
  target_id = "r-ab12"
}

resource "aws_organizations_policy" "recorders" {
  name = "recorders"
  content = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Deny"
      Action   = "config:*"
      Resource = "*"
    }]
  })
}

resource "aws_organizations_policy_attachment" "recorders" {
  policy_id = aws_organizations_policy.recorders.id
  target_id = "r-ab12"
}
