terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 6.0" }
  }
}

provider "aws" {
  region = "eu-west-1"
}

resource "aws_elasticsearch_domain" "search" {
  domain_name = "search"
  vpc_options {
    subnet_ids = ["subnet-0a1b2c3d"]
  }
}
