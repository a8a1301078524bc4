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

module "trail_alarm" {
  source    = "./alarm"
  name      = "tampering"
  events    = ["StopLogging", "DeleteTrail", "UpdateTrail"]
  log_group = "cloudtrail"
  topic     = aws_sns_topic.security.arn
}

resource "aws_sns_topic" "security" {
  name = "security-alarms"
}

# An alarm of another Region says nothing about this chain.
resource "aws_cloudwatch_metric_alarm" "billing" {
  region              = "us-east-1"
  alarm_name          = "billing"
  namespace           = "AWS/Billing"
  metric_name         = "EstimatedCharges"
  statistic           = "Maximum"
  period              = 21600
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 100
}
