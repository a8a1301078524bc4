terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 6.0" }
  }
}

provider "aws" {
  region = "eu-west-1"
}

resource "aws_db_snapshot_copy" "ledger" {
  source_db_snapshot_identifier = "arn:aws:rds:eu-west-1:111122223333:snapshot:ledger-1"
  target_db_snapshot_identifier = "ledger-2"
  shared_accounts = ["all"]
}
