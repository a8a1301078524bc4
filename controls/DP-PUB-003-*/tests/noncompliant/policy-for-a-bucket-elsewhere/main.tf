# The bucket belongs to another stack. Its public access block may take this back; nothing here says so.
resource "aws_s3_bucket_policy" "records" {
  bucket = "records-of-another-stack"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = "s3:GetObject"
      Resource  = "arn:aws:s3:::records-of-another-stack/*"
    }]
  })
}
