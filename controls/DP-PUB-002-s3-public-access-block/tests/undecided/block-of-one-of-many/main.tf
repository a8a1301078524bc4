# How many buckets there are is not known before somebody gives the names, and only one of them gets a block.
variable "names" {
  type = set(string)
}
resource "aws_s3_bucket" "data" {
  for_each = var.names
  bucket   = each.key
}
resource "aws_s3_bucket_public_access_block" "logs" {
  bucket                  = aws_s3_bucket.data["logs"].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
