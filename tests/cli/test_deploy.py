"""`secloop deploy iac`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from secloop.cli.main import run

if TYPE_CHECKING:
    import pytest

    from conftest import Repository

OPEN = 'resource "aws_security_group" "g" {\n  ingress {\n    from_port   = 22\n    to_port     = 22\n'
OPEN += '    protocol    = "tcp"\n    cidr_blocks = ["0.0.0.0/0"]\n  }\n}\n'


def test_an_open_port_is_found_and_fails_the_gate(repo: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repo.write("infra/main.tf", OPEN)
    assert run(["deploy", "iac", str(repo.path), "--format", "json", "--no-store"]) == 1
    report = json.loads(capsys.readouterr().out)
    found = {(one["rule"], one["resource"], one["file"], one["line"]) for one in report["findings"]}
    assert ("aws-ssh-open.security-group", "aws_security_group.g", "infra/main.tf", 2) in found
    assert report["coverage"]["stages"]["deploy"] == "complete"
    assert report["coverage"]["stages"]["code"] == "not-covered"


def test_a_comment_of_another_tool_hides_what_a_rule_stands_for(
    repo: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repo.write("main.tf", OPEN.replace("  ingress", "  # checkov:skip=CKV_AWS_24:the jump host\n  ingress"))
    run(["deploy", "iac", str(repo.path), "--format", "json", "--no-store"])
    report = json.loads(capsys.readouterr().out)
    hidden = {one["rule"]: one["suppressed"] for one in report["findings"]}
    assert hidden["aws-ssh-open.security-group"]


def test_a_broken_file_makes_the_run_incomplete(repo: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repo.write("main.tf", "resource {{{\n")
    assert run(["deploy", "iac", str(repo.path), "--format", "json", "--no-store"]) == 3
    assert json.loads(capsys.readouterr().out)["coverage"]["gaps"][0]["class"] == "partial"
