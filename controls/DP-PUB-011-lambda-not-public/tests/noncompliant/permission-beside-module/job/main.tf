resource "aws_lambda_function" "job" {
  function_name = "job"
  role          = "arn:aws:iam::111122223333:role/job"
  runtime       = "python3.13"
  handler       = "app.main"
  s3_bucket     = "artifacts"
  s3_key        = "job.zip"
}

output "name" {
  value = aws_lambda_function.job.function_name
}
