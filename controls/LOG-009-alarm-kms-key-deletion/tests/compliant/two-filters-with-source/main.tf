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

resource "aws_cloudwatch_log_metric_filter" "kms_key_deletion_a" {
  name           = "kms_key_deletion_a"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = "{ ($.eventSource = kms.amazonaws.com) && (($.eventName = \"ScheduleKeyDeletion\")) }"

  metric_transformation {
    name      = "kms_key_deletion_a"
    namespace = "Audit"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "kms_key_deletion_a" {
  alarm_name          = "kms_key_deletion_a"
  namespace           = "Audit"
  metric_name         = aws_cloudwatch_log_metric_filter.kms_key_deletion_a.metric_transformation[0].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  alarm_actions       = [aws_sns_topic.security.arn]
}

resource "aws_cloudwatch_log_metric_filter" "kms_key_deletion_b" {
  name           = "kms_key_deletion_b"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = "{ ($.eventSource = \"kms.amazonaws.com\") && (($.eventName = DisableKey)) && ($.errorCode NOT EXISTS) }"

  metric_transformation {
    name      = "kms_key_deletion_b"
    namespace = "Audit"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "kms_key_deletion_b" {
  alarm_name          = "kms_key_deletion_b"
  namespace           = "Audit"
  metric_name         = aws_cloudwatch_log_metric_filter.kms_key_deletion_b.metric_transformation[0].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  alarm_actions       = [aws_sns_topic.security.arn]
}
