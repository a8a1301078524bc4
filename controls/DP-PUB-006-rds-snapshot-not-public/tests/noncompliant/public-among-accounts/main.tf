terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 6.0" }
  }
}

provider "aws" {
  region = "eu-west-1"
}

resource "aws_db_snapshot" "ledger" {
  db_instance_identifier = "ledger"
  db_snapshot_identifier = "ledger-1"
  shared_accounts = ["444455556666", "all"]
}
