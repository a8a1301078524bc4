resource "aws_s3_bucket" "this" {
  bucket_prefix = "log-archive-"
}

resource "aws_s3_bucket_acl" "this" {
  bucket = aws_s3_bucket.this.id
  acl    = "public-read"
}

output "name" {
  value = aws_s3_bucket.this.id
}
