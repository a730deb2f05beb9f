terraform {
  required_version = ">= 1.6"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.60"
    }
  }

  backend "s3" {
    bucket       = "corner-shop-state"
    key          = "shop/terraform.tfstate"
    region       = "eu-central-1"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region              = var.region
  allowed_account_ids = ["111122223333"]

  default_tags {
    tags = {
      project = "corner-shop"
      owner   = "platform"
    }
  }
}

data "aws_caller_identity" "this" {}

resource "aws_kms_key" "shop" {
  description             = "Data of the Corner Shop"
  deletion_window_in_days = 30
  enable_key_rotation     = false
}

resource "aws_cloudtrail" "shop" {
  name                          = "corner-shop"
  s3_bucket_name                = aws_s3_bucket.trail.id
  kms_key_id                    = aws_kms_key.shop.arn
  is_multi_region_trail         = true
  include_global_service_events = true
  enable_log_file_validation    = false
}
