variable "name" {
  type = string
}

variable "events" {
  type = list(string)
}

variable "log_group" {
  type = string
}

variable "topic" {
  type = string
}

resource "aws_cloudwatch_log_metric_filter" "this" {
  name           = var.name
  log_group_name = var.log_group
  pattern        = "{ ${join(" || ", [for event in var.events : "($.eventName = ${event})"])} }"

  metric_transformation {
    name      = var.name
    namespace = "Audit"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  alarm_name          = var.name
  namespace           = one(aws_cloudwatch_log_metric_filter.this.metric_transformation).namespace
  metric_name         = one(aws_cloudwatch_log_metric_filter.this.metric_transformation).name
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  alarm_actions       = [var.topic]
}
