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

module "backup" {
  source = "./backup"
}

resource "aws_backup_vault_lock_configuration" "main" {
  backup_vault_name = module.backup.vault
}
