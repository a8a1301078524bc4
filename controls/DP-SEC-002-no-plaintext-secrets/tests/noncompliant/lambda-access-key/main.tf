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

resource "aws_lambda_function" "worker" {
  function_name = "worker"
  role          = "arn:aws:iam::111122223333:role/worker"
  runtime       = "python3.13"
  handler       = "app.main"
  filename      = "app.zip"

  environment {
    variables = {
      UPLOADER = "AKIAZ2Q4W6E8R1T3Y5U7"
    }
  }
}
