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

resource "aws_organizations_policy" "services" {
  name = "services"
  content = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      NotAction = ["s3:*", "ec2:*", "cloudtrail:Describe*"]
      Resource  = "*"
    }]
  })
}

resource "aws_organizations_policy_attachment" "services" {
  policy_id = aws_organizations_policy.services.id
  target_id = "r-ab12"
}

resource "aws_organizations_policy" "regions" {
  name = "regions"
  content = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Deny"
      Action   = "ec2:RunInstances"
      Resource = "*"
      Condition = {
        StringNotEquals = {
          "aws:RequestedRegion" = "eu-west-1"
        }
      }
    }]
  })
}

resource "aws_organizations_policy_attachment" "regions" {
  policy_id = aws_organizations_policy.regions.id
  target_id = "r-ab12"
}
