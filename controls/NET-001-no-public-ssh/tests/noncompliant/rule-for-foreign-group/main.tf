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

variable "bastion_group" {
  default = "sg-0a1b2c3d4e5f60718"
}

resource "aws_security_group_rule" "ssh" {
  security_group_id = var.bastion_group
  type              = "ingress"
  protocol          = "tcp"
  from_port         = 22
  to_port           = 22
  cidr_blocks       = ["0.0.0.0/0"]
}
