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

module "archive" {
  source = "./modules/bucket"
  name   = "orders-archive-111122223333"
}

module "archive_block" {
  source = "./modules/block"
  bucket = module.archive.id
}
