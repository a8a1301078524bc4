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

# The group is built by a module; the rule that opens it stands beside the call.
module "bastion" {
  source = "./bastion"
}

resource "aws_security_group_rule" "ssh" {
  security_group_id = module.bastion.security_group_id
  type              = "ingress"
  protocol          = "tcp"
  from_port         = 22
  to_port           = 22
  ipv6_cidr_blocks  = ["::/0"]
}
