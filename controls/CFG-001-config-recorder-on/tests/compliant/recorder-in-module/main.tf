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

# The recorder lives in a module, its status and the delivery channel beside the call.
module "recorder" {
  source = "./recorder"
}

resource "aws_config_delivery_channel" "main" {
  name           = "main"
  s3_bucket_name = "example-config-archive"
  depends_on     = [module.recorder]
}

resource "aws_config_configuration_recorder_status" "main" {
  name       = module.recorder.name
  is_enabled = true
  depends_on = [aws_config_delivery_channel.main]
}
