terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 6.0" }
  }
}

provider "aws" {
  region = "eu-west-1"
}

resource "aws_default_subnet" "a" {
  availability_zone = "eu-west-1a"
  map_public_ip_on_launch = true
}
