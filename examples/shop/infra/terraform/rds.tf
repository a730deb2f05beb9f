resource "aws_db_subnet_group" "stock" {
  name       = "shop-stock"
  subnet_ids = [for subnet in aws_subnet.private : subnet.id]
}

resource "aws_db_instance" "stock" {
  identifier     = "shop-stock"
  engine         = "postgres"
  engine_version = "15.8"
  instance_class = "db.t4g.small"

  allocated_storage = 20
  storage_encrypted = false

  db_name                = "stock"
  username               = var.db_user
  password               = var.db_password
  db_subnet_group_name   = aws_db_subnet_group.stock.name
  vpc_security_group_ids = [aws_security_group.database.id]
  publicly_accessible    = true

  backup_retention_period   = 14
  deletion_protection       = true
  copy_tags_to_snapshot     = true
  final_snapshot_identifier = "shop-stock-final"
}
