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

resource "aws_kms_key" "volumes" {
  description         = "Volumes of the orders service"
  enable_key_rotation = true
}

resource "aws_ebs_volume" "data" {
  for_each          = toset(["eu-west-1a", "eu-west-1b"])
  availability_zone = each.value
  size              = 20
  encrypted         = true
  kms_key_id        = aws_kms_key.volumes.arn
}
