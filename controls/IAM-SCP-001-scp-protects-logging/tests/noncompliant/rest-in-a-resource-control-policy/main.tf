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

resource "aws_organizations_policy" "logging" {
  name = "logging"
  content = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Deny"
      Action   = ["cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "cloudtrail:UpdateTrail", "config:StopConfigurationRecorder", "config:DeleteConfigurationRecorder", "config:DeleteDeliveryChannel", "config:PutConfigurationRecorder"]
      Resource = "*"
    }]
  })
}

resource "aws_organizations_policy_attachment" "logging" {
  policy_id = aws_organizations_policy.logging.id
  target_id = "r-ab12"
}

resource "aws_organizations_policy" "resources" {
  name = "resources"
  type = "RESOURCE_CONTROL_POLICY"
  content = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Deny"
      Action   = "*"
      Resource = "*"
    }]
  })
}

resource "aws_organizations_policy_attachment" "resources" {
  policy_id = aws_organizations_policy.resources.id
  target_id = "r-ab12"
}
