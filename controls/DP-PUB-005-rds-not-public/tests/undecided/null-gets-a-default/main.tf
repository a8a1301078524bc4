# The module makes the instance public unless it is told otherwise, and whether it is told depends on something that is not
# known before apply.
resource "random_integer" "coin" {
  min = 1
  max = 2
}
module "database" {
  source              = "./database"
  publicly_accessible = random_integer.coin.result > 1 ? null : false
}
