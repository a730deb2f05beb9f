resource "aws_vpc" "shop" {
  cidr_block           = "10.20.0.0/16"
  enable_dns_hostnames = true
}

resource "aws_subnet" "public" {
  for_each          = { a = "10.20.0.0/24", b = "10.20.1.0/24" }
  vpc_id            = aws_vpc.shop.id
  cidr_block        = each.value
  availability_zone = "${var.region}${each.key}"
}

resource "aws_subnet" "private" {
  for_each          = { a = "10.20.10.0/24", b = "10.20.11.0/24" }
  vpc_id            = aws_vpc.shop.id
  cidr_block        = each.value
  availability_zone = "${var.region}${each.key}"
}

resource "aws_security_group" "web" {
  name        = "shop-web"
  description = "The load balancer"
  vpc_id      = aws_vpc.shop.id

  ingress {
    description = "Customers"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }

  egress {
    description = "To the nodes"
    from_port   = 8000
    to_port     = 8000
    protocol    = "tcp"
    cidr_blocks = [aws_vpc.shop.cidr_block]
  }
}

resource "aws_security_group" "jump" {
  name        = "shop-jump"
  description = "The jump host of the platform team"
  vpc_id      = aws_vpc.shop.id

  ingress {
    description = "SSH"
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }

  egress {
    description = "Into the network"
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = [aws_vpc.shop.cidr_block]
  }
}

resource "aws_security_group" "database" {
  name        = "shop-database"
  description = "The stock database"
  vpc_id      = aws_vpc.shop.id

  ingress {
    description     = "The stock service"
    from_port       = 5432
    to_port         = 5432
    protocol        = "tcp"
    security_groups = [aws_eks_cluster.shop.vpc_config[0].cluster_security_group_id]
  }
}

resource "aws_instance" "jump" {
  ami                    = "ami-0a1b2c3d4e5f60718"
  instance_type          = "t4g.nano"
  subnet_id              = aws_subnet.public["a"].id
  vpc_security_group_ids = [aws_security_group.jump.id]

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "optional"
  }

  root_block_device {
    encrypted = true
  }
}

resource "aws_lb" "web" {
  name                       = "shop-web"
  load_balancer_type         = "application"
  security_groups            = [aws_security_group.web.id]
  subnets                    = [for subnet in aws_subnet.public : subnet.id]
  drop_invalid_header_fields = true
}
