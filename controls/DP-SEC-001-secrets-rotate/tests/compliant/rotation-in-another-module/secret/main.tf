resource "aws_secretsmanager_secret" "db" {
  name = "orders/db"
}

output "id" {
  value = aws_secretsmanager_secret.db.id
}
