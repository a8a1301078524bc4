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

resource "aws_efs_file_system" "files" {
  creation_token = "files"
  tags = {
    Environment = "prod"
  }
}

resource "aws_efs_backup_policy" "files" {
  file_system_id = aws_efs_file_system.files.id

  backup_policy {
    status = "ENABLED"
  }
}

resource "aws_backup_selection" "main" {
  name          = "main"
  plan_id       = "1a2b3c4d-0000-4000-8000-000000000001"
  iam_role_arn  = "arn:aws:iam::111122223333:role/backup"
  resources     = ["*"]
  not_resources = [aws_efs_file_system.files.arn]
}
