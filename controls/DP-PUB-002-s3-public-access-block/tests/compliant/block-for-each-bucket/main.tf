# Whichever buckets there are, each of them gets a block: two ways to say it.
variable "names" {
  type = set(string)
}
resource "aws_s3_bucket" "data" {
  for_each = var.names
  bucket   = each.key
}
resource "aws_s3_bucket_public_access_block" "data" {
  for_each                = var.names
  bucket                  = aws_s3_bucket.data[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
resource "aws_s3_bucket" "archive" {
  for_each = { for name in var.names : name => "${name}-archive" }
  bucket   = each.value
}
resource "aws_s3_bucket_public_access_block" "archive" {
  for_each                = aws_s3_bucket.archive
  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
