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

module "app" {
  source = "./app"
}

resource "aws_iam_role_policy_attachment" "app" {
  role       = module.app.role
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}
