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

resource "aws_cloudwatch_log_group" "trail" {
  name              = "cloudtrail"
  retention_in_days = 365
}

resource "aws_sns_topic" "security" {
  name = "security-alarms"
}

resource "aws_cloudwatch_log_metric_filter" "tampering" {
  name           = "tampering"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = "?StopLogging  ?DeleteTrail ?\"UpdateTrail\""

  metric_transformation {
    name      = "tampering"
    namespace = "Audit"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "tampering" {
  alarm_name          = "tampering"
  namespace           = "Audit"
  metric_name         = aws_cloudwatch_log_metric_filter.tampering.metric_transformation[0].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  alarm_actions       = [aws_sns_topic.security.arn]
}
