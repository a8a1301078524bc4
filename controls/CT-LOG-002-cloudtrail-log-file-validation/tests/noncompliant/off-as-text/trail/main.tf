variable "validate" {
  type    = string
  default = "false"
}

resource "aws_cloudtrail" "management" {
  name                       = "management"
  s3_bucket_name             = "example-log-archive"
  enable_log_file_validation = var.validate
}
