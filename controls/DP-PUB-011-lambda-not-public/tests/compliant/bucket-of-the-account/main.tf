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

resource "aws_lambda_function" "job" {
  function_name = "job"
  role          = "arn:aws:iam::111122223333:role/job"
  runtime       = "python3.13"
  handler       = "app.main"
  s3_bucket     = "artifacts"
  s3_key        = "job.zip"
}

resource "aws_lambda_permission" "call" {
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.job.function_name
  principal      = "s3.amazonaws.com"
  source_arn     = "arn:aws:s3:::uploads"
  source_account = "111122223333"
}
