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

module "operators" {
  source = "./operators"
}

resource "aws_iam_group_policy" "operators" {
  group  = module.operators.group
  policy = data.aws_iam_policy_document.operators.json
}

data "aws_iam_policy_document" "operators" {
  statement {
    actions   = ["rds:*"]
    resources = ["*"]
  }
}
