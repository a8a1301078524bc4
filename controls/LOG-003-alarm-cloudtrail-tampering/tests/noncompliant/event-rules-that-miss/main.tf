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

resource "aws_cloudwatch_event_rule" "disabled" {
  name          = "disabled"
  state         = "DISABLED"
  event_pattern = jsonencode({ "source" = ["aws.cloudtrail"], "detail-type" = ["AWS API Call via CloudTrail"], "detail" = { "eventSource" = ["cloudtrail.amazonaws.com"], "eventName" = ["StopLogging", "DeleteTrail", "UpdateTrail"] } })
}

resource "aws_cloudwatch_event_target" "disabled" {
  rule = aws_cloudwatch_event_rule.disabled.name
  arn  = "arn:aws:sns:eu-west-1:111122223333:security-alarms"
}

resource "aws_cloudwatch_event_rule" "other_bus" {
  name           = "other_bus"
  event_bus_name = "partners"
  event_pattern  = jsonencode({ "source" = ["aws.cloudtrail"], "detail-type" = ["AWS API Call via CloudTrail"], "detail" = { "eventSource" = ["cloudtrail.amazonaws.com"], "eventName" = ["StopLogging", "DeleteTrail", "UpdateTrail"] } })
}

resource "aws_cloudwatch_event_target" "other_bus" {
  rule           = aws_cloudwatch_event_rule.other_bus.name
  event_bus_name = "partners"
  arn            = "arn:aws:sns:eu-west-1:111122223333:security-alarms"
}

resource "aws_cloudwatch_event_rule" "no_target" {
  name          = "no_target"
  event_pattern = jsonencode({ "source" = ["aws.cloudtrail"], "detail-type" = ["AWS API Call via CloudTrail"], "detail" = { "eventSource" = ["cloudtrail.amazonaws.com"], "eventName" = ["StopLogging", "DeleteTrail", "UpdateTrail"] } })
}

resource "aws_cloudwatch_event_rule" "other_source" {
  name          = "other_source"
  event_pattern = jsonencode({ "source" = ["aws.s3"], "detail-type" = ["AWS API Call via CloudTrail"], "detail" = { "eventSource" = ["cloudtrail.amazonaws.com"], "eventName" = ["StopLogging", "DeleteTrail", "UpdateTrail"] } })
}

resource "aws_cloudwatch_event_target" "other_source" {
  rule = aws_cloudwatch_event_rule.other_source.name
  arn  = "arn:aws:sns:eu-west-1:111122223333:security-alarms"
}

resource "aws_cloudwatch_event_rule" "other_kind" {
  name          = "other_kind"
  event_pattern = jsonencode({ "source" = ["aws.cloudtrail"], "detail-type" = ["AWS Console Sign In via CloudTrail"], "detail" = { "eventSource" = ["cloudtrail.amazonaws.com"], "eventName" = ["StopLogging", "DeleteTrail", "UpdateTrail"] } })
}

resource "aws_cloudwatch_event_target" "other_kind" {
  rule = aws_cloudwatch_event_rule.other_kind.name
  arn  = "arn:aws:sns:eu-west-1:111122223333:security-alarms"
}

resource "aws_cloudwatch_event_rule" "refused_only" {
  name          = "refused_only"
  event_pattern = jsonencode({ "source" = ["aws.cloudtrail"], "detail-type" = ["AWS API Call via CloudTrail"], "detail" = { "eventSource" = ["cloudtrail.amazonaws.com"], "eventName" = ["StopLogging", "DeleteTrail", "UpdateTrail"], "errorCode" = ["AccessDenied"] } })
}

resource "aws_cloudwatch_event_target" "refused_only" {
  rule = aws_cloudwatch_event_rule.refused_only.name
  arn  = "arn:aws:sns:eu-west-1:111122223333:security-alarms"
}

resource "aws_cloudwatch_event_rule" "other_calls" {
  name          = "other_calls"
  event_pattern = jsonencode({ "source" = ["aws.cloudtrail"], "detail-type" = ["AWS API Call via CloudTrail"], "detail" = { "eventSource" = ["cloudtrail.amazonaws.com"], "eventName" = ["CreateTrail", "StartLogging"] } })
}

resource "aws_cloudwatch_event_target" "other_calls" {
  rule = aws_cloudwatch_event_rule.other_calls.name
  arn  = "arn:aws:sns:eu-west-1:111122223333:security-alarms"
}

resource "aws_cloudwatch_event_rule" "one_person" {
  name          = "one_person"
  event_pattern = jsonencode({ "source" = ["aws.cloudtrail"], "detail-type" = ["AWS API Call via CloudTrail"], "detail" = { "eventSource" = ["cloudtrail.amazonaws.com"], "eventName" = ["StopLogging", "DeleteTrail", "UpdateTrail"], "userIdentity" = { "type" = ["Root"] } } })
}

resource "aws_cloudwatch_event_target" "one_person" {
  rule = aws_cloudwatch_event_rule.one_person.name
  arn  = "arn:aws:sns:eu-west-1:111122223333:security-alarms"
}
