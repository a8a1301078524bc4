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

resource "aws_sns_topic" "alerts" {
  name = "alerts"

  tags = {
    Owner               = "team-payments"
    env                 = "prod"
    data_classification = "internal"
    ChangeId            = "CHG-2026-0142"
  }
}

resource "aws_ssm_parameter" "limit" {
  name  = "/orders/limit"
  type  = "String"
  value = "100"

  tags = {
    owner              = "team-payments"
    Environment        = "prod"
    DataClassification = "internal"
    change_id          = "CHG-2026-0142"
  }
}
