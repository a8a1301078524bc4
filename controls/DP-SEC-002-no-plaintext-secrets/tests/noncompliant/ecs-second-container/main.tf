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

resource "aws_ecs_task_definition" "shop" {
  family = "shop"
  container_definitions = jsonencode([{
    name   = "shop"
    image  = "shop:1"
    memory = 256
    }, {
    name   = "agent"
    image  = "agent:1"
    memory = 64
    environment = [
      { name = "AWS_SECRET_ACCESS_KEY", value = "CANARY-0815" },
    ]
  }])
}
