resource "aws_iam_group" "operators" {
  name = "operators"
}

output "group" {
  value = aws_iam_group.operators.name
}
