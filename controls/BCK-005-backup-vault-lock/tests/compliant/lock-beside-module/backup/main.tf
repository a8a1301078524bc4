resource "aws_backup_vault" "main" {
  name = "main"
}

output "vault" {
  value = aws_backup_vault.main.name
}
