variable "publicly_accessible" {
  type     = bool
  nullable = false
  default  = true
}
resource "aws_db_instance" "this" {
  identifier          = "payments"
  engine              = "postgres"
  instance_class      = "db.t4g.medium"
  allocated_storage   = 20
  publicly_accessible = var.publicly_accessible
}
