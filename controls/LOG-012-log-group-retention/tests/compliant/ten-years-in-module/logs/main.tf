variable "days" {
  type = number
}

resource "aws_cloudwatch_log_group" "app" {
  name_prefix       = "orders-"
  retention_in_days = var.days
}
