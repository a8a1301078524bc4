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

resource "aws_acm_certificate" "ledger" {
  domain_name       = "ledger.example.com"
  validation_method = "DNS"
  key_algorithm     = "RSA_1024"
}
