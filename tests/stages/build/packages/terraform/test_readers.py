"""Terraform's lock, providers and modules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Skipped
from stages.build.reading import component, components, gaps

HEX = "ab" * 32
LOCK = f"""# This file is maintained automatically.

provider "registry.terraform.io/hashicorp/aws" {{
  version     = "5.31.0"
  constraints = "~> 5.0, >= 5.1"
  hashes = [
    "h1:c29tZXRoaW5n=",
    "zh:{HEX}",
  ]
}}

provider "registry.example.org/acme/tool" {{
  version = "1.0.0"
}}
"""
MAIN = """terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
    tool = { source = "registry.example.org/acme/tool", version = "= 1.0.0" }
    old = "~> 2.0"
    bare = {}
  }
  backend "s3" {}
}

/* module "no" { source = "a/b/c" } */
module "vpc" {
  source  = "terraform-aws-modules/vpc/aws//modules/x" # the network
  version = "5.1.2"
  tags = merge(local.tags, { Name = "x", source = "no" })
  text = <<-EOT
    source = "not/this/one"
  }
  EOT
}
module "ranged" {
  source  = "acme/thing/aws"
  version = "~> 3.0"
}
module "git" { source = "git::https://me:pw@github.com/Acme/net.git//sub?ref=v1.2.3" }
module "hub" { source = "github.com/acme/hub" }
module "other" { source = "git::ssh://git@git.example.org/team/net.git?ref=main" }
module "near" { source = "./near" }
module "made" { source = "${path.module}/x" }
module "none" { name = "x" }
resource "x" "y" { source = "a/b/c" }
"""


def test_a_lock_names_providers_with_the_hashes_of_their_archives() -> None:
    files = {"infra/.terraform.lock.hcl": LOCK}
    aws = component(files, "hashicorp/aws")
    assert (aws.purl, aws.line, aws.constraint) == ("pkg:terraform/hashicorp/aws@5.31.0", 3, "~> 5.0, >= 5.1")
    assert aws.hashes == (f"sha256:{HEX}",)
    assert component(files, "registry.example.org/acme/tool").version == "1.0.0"


def test_a_configuration_names_providers_and_modules() -> None:
    found = {c.name: (c.version, c.constraint, c.purl.partition("/")[0]) for c in components({"main.tf": MAIN})}
    assert found == {
        "hashicorp/aws": ("", "~> 5.0", "pkg:terraform"),
        "registry.example.org/acme/tool": ("1.0.0", "", "pkg:terraform"),
        "hashicorp/old": ("", "~> 2.0", "pkg:terraform"),
        "hashicorp/bare": ("", "", "pkg:terraform"),
        "terraform-aws-modules/vpc/aws": ("5.1.2", "", "pkg:terraform"),
        "acme/thing/aws": ("", "~> 3.0", "pkg:terraform"),
        "Acme/net": ("v1.2.3", "", "pkg:github"),
        "acme/hub": ("", "", "pkg:github"),
        "git.example.org/team/net": ("main", "", "pkg:generic"),
    }


def test_lines_are_those_of_the_source() -> None:
    lines = MAIN.splitlines()
    assert "terraform-aws-modules" in lines[component({"main.tf": MAIN}, "terraform-aws-modules/vpc/aws").line - 1]
    assert lines[component({"main.tf": MAIN}, "hashicorp/aws").line - 1].strip() == "aws = {"


def test_a_lock_beside_the_configuration_speaks_for_its_providers() -> None:
    found = {(c.name, c.file) for c in components({"main.tf": MAIN, ".terraform.lock.hcl": LOCK})}
    assert ("hashicorp/aws", ".terraform.lock.hcl") in found
    assert ("hashicorp/aws", "main.tf") not in found
    assert ("acme/thing/aws", "main.tf") in found


@pytest.mark.parametrize("text", ['module "a" {', "a {\n b {\n}", "{" * 1000])
def test_a_block_without_an_end_is_a_gap(text: str) -> None:
    assert [type(one) for one in gaps({"main.tf": text})] == [Skipped]


@given(st.binary(), st.sampled_from(["main.tf", ".terraform.lock.hcl"]))
def test_no_bytes_raise(data: bytes, path: str) -> None:
    components({path: data})


@given(st.lists(st.sampled_from([*MAIN.splitlines(), "}", "{", "[", "= =", "<<A", '"'])))
def test_no_lines_raise(lines: list[str]) -> None:
    components({"main.tf": "\n".join(lines)})


def test_hostile_text_is_read_in_bounds() -> None:
    for text in ("[" * 50_000, '"' * 50_000, "<<A\n" * 5_000, "/*" * 50_000, "a=" * 50_000):
        assert isinstance(components({"main.tf": text}), list)
