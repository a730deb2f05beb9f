"""`secloop run` on the example shop finds what was planted there, and nothing else that it is sure of."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from stories.shopkit import SHOP, STAGES, Comparison, Row, compare, expected

if TYPE_CHECKING:
    from pathlib import Path

ROOT = SHOP.parents[1]
GATE_FAILED = 1
BUILT = {"code", "build"}
"""The stages that this version has at least; a stage that is added is held to expected.json from its first day."""


def run(*options: str) -> dict[str, Any]:
    """Run the shop through the command line; return the JSON report. Its gate must fail."""
    command = [sys.executable, "-m", "secloop", "run", "examples/shop", "--format", "json", "--no-store", *options]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == GATE_FAILED, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def covered(report: dict[str, Any]) -> set[str]:
    return {stage for stage, how in report["coverage"]["stages"].items() if how != "not-covered"}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        return run()


def test_the_run_finds_what_was_planted_and_nothing_else(report: dict[str, Any]) -> None:
    found = compare(report["findings"], expected(), covered(report))
    assert found, str(found)


def test_the_run_with_all_advisories_finds_what_they_know(shared: Path) -> None:
    report = run("--advisories", str(shared / "data" / "advisories"))
    found = compare(report["findings"], expected(), covered(report), feed="full")
    assert found, str(found)


def test_a_stage_that_is_not_built_is_not_covered_and_never_passed(report: dict[str, Any]) -> None:
    stages = report["coverage"]["stages"]
    assert tuple(stages) == STAGES
    assert covered(report) >= BUILT
    assert {stages[stage] for stage in covered(report)} == {"complete"}
    assert {finding["stage"] for finding in report["findings"]} <= covered(report)


def test_the_gate_fails_for_secrets_and_for_dependencies(report: dict[str, Any]) -> None:
    assert report["verdict"]["gate"] == "failed"
    kinds = {finding["id"]: finding["kind"] for finding in report["findings"]}
    blamed = {kinds[one] for decision in report["verdict"]["decisions"] for one in decision["findings"]}
    assert blamed >= {"secret", "vulnerability"}


def test_the_run_sees_every_file_and_leaves_nothing_behind(report: dict[str, Any]) -> None:
    files = report["coverage"]["files"]
    assert files["seen"] == files["scanned"] + files["excluded"]
    assert not list(SHOP.glob(".secloop/state.db*"))


def row(**changes: object) -> Row:
    base: Row = {"stage": "code", "kind": "secret", "file": "a", "line": 3, "cwe": [798], "why": "planted"}
    return base | changes


def finding(**changes: object) -> Row:
    base: Row = {
        "stage": "code",
        "kind": "secret",
        "rule": "r",
        "file": "a",
        "line": 2,
        "end_line": 4,
        "cwe": [798, 259],
        "ids": [],
        "confidence": "high",
        "suppressed": None,
    }
    return base | changes


def counts(found: Comparison) -> tuple[int, int, int]:
    return len(found.missing), len(found.doubled), len(found.extra)


@pytest.mark.parametrize(
    ("findings", "wrong"),
    [
        ([finding()], (0, 0, 0)),
        ([], (1, 0, 0)),
        ([finding(), finding()], (0, 1, 0)),
        ([finding(), finding(file="b")], (0, 0, 1)),
        ([finding(), finding(file="b", confidence="medium")], (0, 0, 0)),
        ([finding(), finding(file="b", suppressed={"by": "comment"})], (0, 0, 0)),
        ([finding(), finding(file="b", stage="test")], (0, 0, 0)),
        ([finding(line=4)], (1, 0, 1)),
        ([finding(cwe=[89])], (1, 0, 1)),
        ([finding(kind="weakness")], (1, 0, 1)),
    ],
)
def test_the_comparison_tells_what_is_wrong(findings: list[Row], wrong: tuple[int, int, int]) -> None:
    found = compare(findings, [row(), row(stage="monitor")], {"code"})
    assert counts(found) == wrong
    assert bool(found) is (wrong == (0, 0, 0))
    assert len(str(found).splitlines()) == sum(wrong)


def test_a_row_that_only_another_feed_knows_is_neither_missing_nor_extra() -> None:
    rows = [row(), row(line=9, feed="full")]
    assert counts(compare([finding()], rows, {"code"})) == (0, 0, 0)
    assert counts(compare([finding(), finding(line=9, end_line=9)], rows, {"code"})) == (0, 0, 0)
    assert counts(compare([finding()], rows, {"code"}, feed="full")) == (1, 0, 0)


def test_packages_resources_and_events_are_places_too() -> None:
    package = row(component="p", version="1", ids=["CVE-1"])
    assert counts(compare([finding(component="p", version="1", ids=["CVE-1"])], [package], {"code"})) == (0, 0, 0)
    assert counts(compare([finding(component="p", version="2", ids=["CVE-1"])], [package], {"code"})) == (1, 0, 1)
    assert counts(compare([finding(component="p", version="1", ids=["CVE-2"])], [package], {"code"})) == (1, 0, 1)
    resource = row(resource="aws_s3_bucket.b", line=90)
    assert counts(compare([finding(resource="aws_s3_bucket.b")], [resource], {"code"})) == (0, 0, 0)
    event = row(event="e-1")
    assert counts(compare([finding(event="e-1", file=None)], [event], {"code"})) == (0, 0, 0)
