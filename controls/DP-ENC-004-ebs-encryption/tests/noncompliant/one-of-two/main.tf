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

locals {
  volumes = {
    data    = { encrypted = true }
    scratch = { encrypted = false }
  }
}

resource "aws_ebs_volume" "all" {
  for_each          = local.volumes
  availability_zone = "eu-west-1a"
  size              = 20
  encrypted         = each.value.encrypted
}
