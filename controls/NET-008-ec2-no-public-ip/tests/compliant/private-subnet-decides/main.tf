terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 6.0" }
  }
}

provider "aws" {
  region = "eu-west-1"
}

resource "aws_subnet" "app" {
  vpc_id     = "vpc-0a1b2c3d"
  cidr_block = "10.0.1.0/24"
  map_public_ip_on_launch = false
}
resource "aws_instance" "app" {
  ami           = "ami-0a1b2c3d"
  instance_type = "t3.small"
  subnet_id = aws_subnet.app.id
}
