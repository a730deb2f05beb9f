"""How resources hang together."""

from __future__ import annotations

from stages.deploy.iac.terraform.modulekit import resources


def test_a_reference_links_both_ways() -> None:
    found = resources(
        'resource "aws_s3_bucket" "b" {}\n'
        'resource "aws_s3_bucket_public_access_block" "p" {\n  bucket = aws_s3_bucket.b.id\n}\n'
    )
    assert found["aws_s3_bucket.b"].links == {
        "aws_s3_bucket_public_access_block": ("aws_s3_bucket_public_access_block.p",)
    }
    assert found["aws_s3_bucket_public_access_block.p"].links == {"aws_s3_bucket": ("aws_s3_bucket.b",)}


def test_instances_with_one_key_belong_together() -> None:
    found = resources(
        'resource "aws_s3_bucket" "b" {\n  for_each = toset(["x", "y"])\n}\n'
        'resource "aws_s3_bucket_acl" "a" {\n  for_each = toset(["x", "y"])\n'
        "  bucket = aws_s3_bucket.b[each.key].id\n}\n"
    )
    assert found['aws_s3_bucket.b["x"]'].links == {"aws_s3_bucket_acl": ('aws_s3_bucket_acl.a["x"]',)}


def test_a_log_bucket_is_no_logged_bucket() -> None:
    found = resources(
        'resource "aws_s3_bucket" "b" {}\nresource "aws_s3_bucket" "logs" {}\n'
        'resource "aws_s3_bucket_logging" "l" {\n  bucket = aws_s3_bucket.b.id\n'
        "  target_bucket = aws_s3_bucket.logs.id\n}\n"
    )
    assert found["aws_s3_bucket.b"].links == {"aws_s3_bucket_logging": ("aws_s3_bucket_logging.l",)}
    assert found["aws_s3_bucket.logs"].links == {}


def test_a_name_links_where_only_one_bears_it() -> None:
    one = (
        'resource "aws_s3_bucket" "b" {\n  bucket = "shop"\n}\n'
        'resource "aws_s3_bucket_acl" "a" {\n  bucket = "shop"\n}\n'
    )
    assert resources(one)["aws_s3_bucket.b"].links == {"aws_s3_bucket_acl": ("aws_s3_bucket_acl.a",)}
    two = one + 'resource "aws_s3_bucket" "c" {\n  bucket = "shop"\n}\n'
    assert resources(two)["aws_s3_bucket.b"].links == {}


def test_a_link_through_a_local_value_holds() -> None:
    found = resources(
        'locals {\n  id = aws_s3_bucket.b.id\n}\nresource "aws_s3_bucket" "b" {}\n'
        'resource "aws_s3_bucket_acl" "a" {\n  bucket = local.id\n}\n'
    )
    assert "aws_s3_bucket_acl" in found["aws_s3_bucket.b"].links
