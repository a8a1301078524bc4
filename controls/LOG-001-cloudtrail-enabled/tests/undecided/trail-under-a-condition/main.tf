# The only trail exists when somebody says so, and nobody has said it yet.
variable "trail" {
  type = bool
}
provider "aws" {
  region = "eu-west-1"
}
resource "aws_cloudtrail" "organization" {
  count                 = var.trail ? 1 : 0
  name                  = "organization"
  s3_bucket_name        = "trail-logs"
  is_multi_region_trail = true
  enable_logging        = true
}
