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

resource "aws_elasticsearch_domain" "search" {
  domain_name    = "search"
  elasticsearch_version = "7.10"

  encrypt_at_rest {
    enabled = false
  }
}
