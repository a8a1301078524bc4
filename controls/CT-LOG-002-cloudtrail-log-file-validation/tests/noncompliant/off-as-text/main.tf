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

# The module takes the switch as text. "false" is a string here and a bool at the provider.
module "trail" {
  source = "./trail"
}
