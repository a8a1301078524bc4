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

resource "aws_cloudwatch_log_metric_filter" "one_call" {
  name           = "one_call"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = "{ (($.errorCode = \"*UnauthorizedOperation\") || ($.errorCode = \"AccessDenied*\")) && ($.eventName = \"CreateAccessKey\") }"

  metric_transformation {
    name      = "one_call"
    namespace = "Audit"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "one_call" {
  alarm_name          = "one_call"
  namespace           = "Audit"
  metric_name         = aws_cloudwatch_log_metric_filter.one_call.metric_transformation[0].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  alarm_actions       = [aws_sns_topic.security.arn]
}

resource "aws_cloudwatch_log_metric_filter" "one_address" {
  name           = "one_address"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = "{ (($.errorCode = \"*UnauthorizedOperation\") || ($.errorCode = \"AccessDenied*\")) && ($.sourceIPAddress = \"203.0.113.7\") }"

  metric_transformation {
    name      = "one_address"
    namespace = "Audit"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "one_address" {
  alarm_name          = "one_address"
  namespace           = "Audit"
  metric_name         = aws_cloudwatch_log_metric_filter.one_address.metric_transformation[0].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  alarm_actions       = [aws_sns_topic.security.arn]
}

resource "aws_cloudwatch_log_metric_filter" "users" {
  name           = "users"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = "{ (($.errorCode = \"*UnauthorizedOperation\") || ($.errorCode = \"AccessDenied*\")) && ($.userIdentity.type = \"IAMUser\") }"

  metric_transformation {
    name      = "users"
    namespace = "Audit"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "users" {
  alarm_name          = "users"
  namespace           = "Audit"
  metric_name         = aws_cloudwatch_log_metric_filter.users.metric_transformation[0].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  alarm_actions       = [aws_sns_topic.security.arn]
}
