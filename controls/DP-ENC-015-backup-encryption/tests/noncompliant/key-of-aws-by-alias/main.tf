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

resource "aws_backup_vault" "main" {
  name = "main"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:alias/aws/backup"
}
