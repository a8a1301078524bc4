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

resource "aws_cloudwatch_log_metric_filter" "p01" {
  name           = "p01"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = "{ ($.eventName = StopLogging) && ($.eventName = DeleteTrail) && ($.eventName = UpdateTrail) }"

  metric_transformation {
    name      = "p01"
    namespace = "Audit"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "p01" {
  alarm_name          = "p01"
  namespace           = "Audit"
  metric_name         = aws_cloudwatch_log_metric_filter.p01.metric_transformation[0].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  alarm_actions       = [aws_sns_topic.security.arn]
}

resource "aws_cloudwatch_log_metric_filter" "p02" {
  name           = "p02"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = "{ ($.eventName = \"*\") && ($.userIdentity.arn != \"arn:aws:iam::111122223333:role/deploy\") }"

  metric_transformation {
    name      = "p02"
    namespace = "Audit"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "p02" {
  alarm_name          = "p02"
  namespace           = "Audit"
  metric_name         = aws_cloudwatch_log_metric_filter.p02.metric_transformation[0].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  alarm_actions       = [aws_sns_topic.security.arn]
}

resource "aws_cloudwatch_log_metric_filter" "p03" {
  name           = "p03"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = "{ ($.eventName = \"*\") && ($.errorCode = \"*\") }"

  metric_transformation {
    name      = "p03"
    namespace = "Audit"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "p03" {
  alarm_name          = "p03"
  namespace           = "Audit"
  metric_name         = aws_cloudwatch_log_metric_filter.p03.metric_transformation[0].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  alarm_actions       = [aws_sns_topic.security.arn]
}

resource "aws_cloudwatch_log_metric_filter" "p04" {
  name           = "p04"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = "{ ($.eventName = \"*\") && (($.errorCode != \"AccessDenied\")) }"

  metric_transformation {
    name      = "p04"
    namespace = "Audit"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "p04" {
  alarm_name          = "p04"
  namespace           = "Audit"
  metric_name         = aws_cloudwatch_log_metric_filter.p04.metric_transformation[0].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  alarm_actions       = [aws_sns_topic.security.arn]
}

resource "aws_cloudwatch_log_metric_filter" "p05" {
  name           = "p05"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = "{ ($.eventName = \"*\") && ($.userIdentity.type = \"Root\") }"

  metric_transformation {
    name      = "p05"
    namespace = "Audit"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "p05" {
  alarm_name          = "p05"
  namespace           = "Audit"
  metric_name         = aws_cloudwatch_log_metric_filter.p05.metric_transformation[0].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  alarm_actions       = [aws_sns_topic.security.arn]
}

resource "aws_cloudwatch_log_metric_filter" "p06" {
  name           = "p06"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = "{ $.eventType != \"AwsApiCall\" }"

  metric_transformation {
    name      = "p06"
    namespace = "Audit"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "p06" {
  alarm_name          = "p06"
  namespace           = "Audit"
  metric_name         = aws_cloudwatch_log_metric_filter.p06.metric_transformation[0].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  alarm_actions       = [aws_sns_topic.security.arn]
}

resource "aws_cloudwatch_log_metric_filter" "p07" {
  name           = "p07"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = "{ $.eventName NOT EXISTS }"

  metric_transformation {
    name      = "p07"
    namespace = "Audit"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "p07" {
  alarm_name          = "p07"
  namespace           = "Audit"
  metric_name         = aws_cloudwatch_log_metric_filter.p07.metric_transformation[0].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  alarm_actions       = [aws_sns_topic.security.arn]
}

resource "aws_cloudwatch_log_metric_filter" "p08" {
  name           = "p08"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = "{ $.eventName IS NULL }"

  metric_transformation {
    name      = "p08"
    namespace = "Audit"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "p08" {
  alarm_name          = "p08"
  namespace           = "Audit"
  metric_name         = aws_cloudwatch_log_metric_filter.p08.metric_transformation[0].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  alarm_actions       = [aws_sns_topic.security.arn]
}

resource "aws_cloudwatch_log_metric_filter" "p09" {
  name           = "p09"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = "{ ($.eventName = Stop) || ($.eventName = Delete) || ($.eventName = Update) }"

  metric_transformation {
    name      = "p09"
    namespace = "Audit"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "p09" {
  alarm_name          = "p09"
  namespace           = "Audit"
  metric_name         = aws_cloudwatch_log_metric_filter.p09.metric_transformation[0].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  alarm_actions       = [aws_sns_topic.security.arn]
}

resource "aws_cloudwatch_log_metric_filter" "p10" {
  name           = "p10"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = "{ $.eventName = %(% }"

  metric_transformation {
    name      = "p10"
    namespace = "Audit"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "p10" {
  alarm_name          = "p10"
  namespace           = "Audit"
  metric_name         = aws_cloudwatch_log_metric_filter.p10.metric_transformation[0].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  alarm_actions       = [aws_sns_topic.security.arn]
}

resource "aws_cloudwatch_log_metric_filter" "p11" {
  name           = "p11"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = "{ $.eventName = %^Trail% }"

  metric_transformation {
    name      = "p11"
    namespace = "Audit"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "p11" {
  alarm_name          = "p11"
  namespace           = "Audit"
  metric_name         = aws_cloudwatch_log_metric_filter.p11.metric_transformation[0].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  alarm_actions       = [aws_sns_topic.security.arn]
}

resource "aws_cloudwatch_log_metric_filter" "p12" {
  name           = "p12"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = "StopLogging DeleteTrail UpdateTrail"

  metric_transformation {
    name      = "p12"
    namespace = "Audit"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "p12" {
  alarm_name          = "p12"
  namespace           = "Audit"
  metric_name         = aws_cloudwatch_log_metric_filter.p12.metric_transformation[0].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  alarm_actions       = [aws_sns_topic.security.arn]
}

resource "aws_cloudwatch_log_metric_filter" "p13" {
  name           = "p13"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = "?StopLogging ?DeleteTrail UpdateTrail"

  metric_transformation {
    name      = "p13"
    namespace = "Audit"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "p13" {
  alarm_name          = "p13"
  namespace           = "Audit"
  metric_name         = aws_cloudwatch_log_metric_filter.p13.metric_transformation[0].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  alarm_actions       = [aws_sns_topic.security.arn]
}

resource "aws_cloudwatch_log_metric_filter" "p14" {
  name           = "p14"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = "$.eventName = \"*\""

  metric_transformation {
    name      = "p14"
    namespace = "Audit"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "p14" {
  alarm_name          = "p14"
  namespace           = "Audit"
  metric_name         = aws_cloudwatch_log_metric_filter.p14.metric_transformation[0].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  alarm_actions       = [aws_sns_topic.security.arn]
}

resource "aws_cloudwatch_log_metric_filter" "p15" {
  name           = "p15"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = ""

  metric_transformation {
    name      = "p15"
    namespace = "Audit"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "p15" {
  alarm_name          = "p15"
  namespace           = "Audit"
  metric_name         = aws_cloudwatch_log_metric_filter.p15.metric_transformation[0].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  alarm_actions       = [aws_sns_topic.security.arn]
}

resource "aws_cloudwatch_log_metric_filter" "p16" {
  name           = "p16"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = "?CreateTrail ?StartLogging"

  metric_transformation {
    name      = "p16"
    namespace = "Audit"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "p16" {
  alarm_name          = "p16"
  namespace           = "Audit"
  metric_name         = aws_cloudwatch_log_metric_filter.p16.metric_transformation[0].name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  alarm_actions       = [aws_sns_topic.security.arn]
}
