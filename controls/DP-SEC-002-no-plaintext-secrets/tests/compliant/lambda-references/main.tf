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

resource "aws_secretsmanager_secret" "db" {
  name = "orders/db"
}

resource "aws_dynamodb_table" "orders" {
  name         = "orders"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }
}

resource "aws_lambda_function" "worker" {
  function_name = "worker"
  role          = "arn:aws:iam::111122223333:role/worker"
  runtime       = "python3.13"
  handler       = "app.main"
  filename      = "app.zip"

  environment {
    variables = {
      DB_SECRET_ARN     = aws_secretsmanager_secret.db.arn
      DB_PASSWORD       = aws_dynamodb_table.orders.stream_arn
      DB_PASSWORD_PATH  = "/orders/db/password"
      TOKEN_ISSUER      = "orders"
      TOKEN_TTL_SECONDS = "86400"
      LOG_LEVEL         = "info"
      API_KEY           = ""
    }
  }
}
