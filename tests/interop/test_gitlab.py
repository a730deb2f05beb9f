"""GitLab reports: each finding in exactly one typed report, ids apart, first identifiers that stay."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from interop import samples
from secloop.interop.formats import write

if TYPE_CHECKING:
    from secloop.model.report import Report

TYPED = {"gitlab-sast": "sast", "gitlab-secrets": "secret_detection", "gitlab-dependencies": "dependency_scanning"}


def document(name: str, report: Report | None = None) -> dict[str, Any]:
    """Return a written report."""
    found: dict[str, Any] = json.loads(write(name, report or samples.report(), samples.rule_set()))
    return found


def test_the_three_typed_reports_hold_every_finding_once() -> None:
    names = [v["name"] for name in TYPED for v in document(name)["vulnerabilities"]]
    assert sorted(names) == sorted(v["name"] for v in document("gitlab")["vulnerabilities"])
    assert [v["name"] for v in document("gitlab-secrets")["vulnerabilities"]] == ["GitHub token"]


@pytest.mark.parametrize(("name", "type_"), TYPED.items())
def test_the_scan_names_its_type_time_and_status(name: str, type_: str) -> None:
    scan = document(name)["scan"]
    assert (scan["type"], scan["status"]) == (type_, "failure")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", scan["end_time"])
    assert scan["messages"][0] == {"level": "warn", "value": "app/broken.py: sast failed: not Python: line 3"}


def test_two_findings_on_one_line_have_different_ids() -> None:
    rows = (samples.row(1), samples.row(2), samples.row(1, column=20), samples.row(1, line=3))
    ids = [v["id"] for v in document("gitlab", samples.report(*rows))["vulnerabilities"]]
    assert len(set(ids)) == 4


def test_the_first_identifier_does_not_depend_on_place_text_or_severity() -> None:
    moved = samples.row(1, line=90, title="Other words", message="Other words")
    first, second = (document("gitlab", samples.report(r))["vulnerabilities"][0] for r in (samples.row(1), moved))
    assert first["identifiers"][0] == second["identifiers"][0]
    assert first["tracking"]["items"][0]["signatures"] == second["tracking"]["items"][0]["signatures"]


def test_a_dependency_names_its_package_and_the_inventory() -> None:
    found = document("gitlab-dependencies")
    (one,) = found["vulnerabilities"]
    assert one["location"] == {
        "file": "uv.lock",
        "dependency": {"package": {"name": "flask"}, "version": "2.0.1", "direct": True},
    }
    assert [i["value"] for i in one["identifiers"][:2]] == ["CVE-2023-30861", "GHSA-m2qf-hxjv-5gpq"]
    assert one["solution"].startswith("Update flask to 2.2.5 or 2.3.2.")
    (file,) = found["dependency_files"]
    assert (file["path"], file["package_manager"], len(file["dependencies"])) == ("uv.lock", "pip", 2)


def test_a_secret_names_a_commit_even_without_git() -> None:
    run = msgspec.structs.replace(samples.report().run, commit="")
    (secret,) = document("gitlab-secrets", samples.report(samples.secret(), run=run))["vulnerabilities"]
    assert secret["location"]["commit"] == {"sha": "0000000"}
