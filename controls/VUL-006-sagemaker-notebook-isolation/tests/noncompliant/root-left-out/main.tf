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

resource "aws_sagemaker_notebook_instance" "lab" {
  name                   = "lab"
  role_arn               = "arn:aws:iam::111122223333:role/app"
  instance_type          = "ml.t3.medium"
  subnet_id              = "subnet-0a1b2c3d"
  direct_internet_access = "Disabled"
}
