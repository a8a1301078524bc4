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

resource "aws_instance" "web" {
  ami           = "ami-0a1b2c3d4e5f60718"
  instance_type = "t4g.small"
  user_data     = <<-EOT
    #!/bin/bash
    TOKEN=$(curl -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 21600" http://169.254.169.254/latest/api/token)
    export DB_PASSWORD="$(aws secretsmanager get-secret-value --secret-id orders/db --query SecretString --output text)"
    exec /opt/shop --port=8080
  EOT
}
