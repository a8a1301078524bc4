resource "aws_s3_bucket" "site" {
  bucket = "assets"
}

output "id" {
  value = aws_s3_bucket.site.id
}
