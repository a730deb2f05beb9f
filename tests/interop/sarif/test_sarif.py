"""SARIF as GitHub code scanning takes it, and the archive beside it."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from jsonschema import Draft7Validator

from interop import samples
from secloop.interop import sarif
from secloop.interop.formats import write
from secloop.interop.sarif import rules
from secloop.model.enums import Confidence, Severity, Stage, StageCoverage, Status

if TYPE_CHECKING:
    from pathlib import Path

    from secloop.model.report import Report

FLAVOURS = ("sarif", "sarif-full")


def runs(report: Report, name: str = "sarif", **options: Any) -> list[dict[str, Any]]:
    """Return the runs of a written report."""
    found: list[dict[str, Any]] = json.loads(write(name, report, samples.rule_set(), **options))["runs"]
    return found


def results(report: Report, name: str = "sarif", **options: Any) -> list[dict[str, Any]]:
    """Return the results of all runs."""
    return [result for run in runs(report, name, **options) for result in run["results"]]


def every_string(value: Any) -> list[str]:
    """Return all strings of a document."""
    if isinstance(value, dict):
        return [text for item in value.values() for text in every_string(item)]
    if isinstance(value, list):
        return [text for item in value for text in every_string(item)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("name", FLAVOURS)
@pytest.mark.parametrize(
    "report", [samples.report(), samples.clean(), samples.hostile()], ids=["full", "clean", "hostile"]
)
def test_it_validates_against_the_standard(shared: Path, name: str, report: Report) -> None:
    path = shared / "data" / "schemas" / "sarif" / "sarif-schema-2.1.0.json"
    validator = Draft7Validator(json.loads(path.read_text(encoding="utf-8")))
    assert list(validator.iter_errors(json.loads(write(name, report, samples.rule_set())))) == []


def test_receivers_limits_hold(shared: Path, tmp_path: Path) -> None:
    files = []
    for name in (*FLAVOURS, "junit", "gitlab", "gitlab-sast", "gitlab-secrets", "gitlab-dependencies"):
        for kind, report in (("full", samples.report()), ("clean", samples.clean()), ("hostile", samples.hostile())):
            path = tmp_path / f"{kind}.{name}"
            path.write_bytes(write(name, report, samples.rule_set(), sources=samples.SOURCES.get))
            files.append(str(path))
    check = shared / "tools" / "exports" / "check.py"
    command = [sys.executable, str(check), "--schemas", str(shared / "data" / "schemas"), *files]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "without security-severity" not in done.stdout


@pytest.mark.parametrize("name", FLAVOURS)
def test_no_string_is_empty(name: str) -> None:
    assert all(every_string(runs(samples.report(), name, sources=samples.SOURCES.get)))


def test_each_stage_that_ran_is_a_run_with_a_category_of_its_own() -> None:
    found = [run["automationDetails"]["id"] for run in runs(samples.report())]
    assert found == [f"secloop/{s}/github.com/acme/shop/" for s in ("code", "build", "test", "operate")]
    assert runs(samples.report(), target="services/pay")[0]["automationDetails"]["id"] == "secloop/code/services/pay/"


def test_a_run_in_which_nothing_ran_is_not_called_successful() -> None:
    covered = msgspec.structs.replace(samples.clean().coverage, stages={})
    (run,) = runs(msgspec.structs.replace(samples.clean(), coverage=covered))
    assert run["invocations"][0]["executionSuccessful"] is False
    assert run["results"] == []


def test_hidden_findings_are_only_in_the_archive_with_their_reason() -> None:
    shown, kept = results(samples.report()), results(samples.report(), "sarif-full")
    assert {result["ruleId"] for result in kept} - {result["ruleId"] for result in shown} == {
        "generic-password",
        "weak-hash",
        "path-traversal",
    }
    by_rule = {result["ruleId"]: result for result in kept}
    assert by_rule["weak-hash"]["suppressions"][0]["kind"] == "inSource"
    assert by_rule["generic-password"]["suppressions"][0] == {
        "kind": "external",
        "status": "accepted",
        "justification": "Test double, rotated",
        "properties": {"by": "exception", "source": ".secloop/exceptions.yaml", "until": "2027-01-31"},
    }
    assert by_rule["path-traversal"]["baselineState"] == "absent"
    assert all("suppressions" not in result for result in shown)


def test_places_of_one_occurrence_share_our_fingerprint_and_not_githubs() -> None:
    report = samples.report(samples.secret(line=1, end_line=1), samples.secret(line=4))
    first, second = results(report, sources=samples.SOURCES.get)
    assert first["fingerprints"] == second["fingerprints"]
    assert first["partialFingerprints"] != second["partialFingerprints"]


def test_without_sources_the_hash_is_left_to_the_upload() -> None:
    assert all("partialFingerprints" not in result for result in results(samples.report()))


def test_rows_without_a_readable_line_still_have_hashes_that_differ() -> None:
    report = samples.report(samples.bucket(1), samples.bucket(2), samples.row(3, file="gone.py"))
    hashes = {r["partialFingerprints"]["primaryLocationLineHash"] for r in results(report, sources=samples.SOURCES.get)}
    assert len(hashes) == 3


def test_a_row_without_a_file_is_shown_at_a_file_that_stays() -> None:
    (result,) = results(samples.report(samples.bucket()), sources=samples.SOURCES.get)
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "README.md"
    assert result["locations"][0]["logicalLocations"] == [
        {"fullyQualifiedName": "aws_s3_bucket.uploads", "kind": "resource"},
    ]
    (bare,) = results(samples.report(samples.bucket()))
    assert bare["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "secloop.toml"


def test_paths_are_percent_encoded_and_below_the_root() -> None:
    name = b"a b/\xff#?%.py".decode("utf-8", "surrogateescape")
    (result,) = results(samples.report(samples.row(file=name)))
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {
        "uri": "a%20b/%FF%23%3F%25.py",
        "uriBaseId": "%SRCROOT%",
    }


@pytest.mark.parametrize(
    ("changes", "region"),
    [
        ({"line": 2, "end_line": 4, "column": 12, "end_column": 6}, (2, 12, 4, 6)),
        ({"line": 2, "end_line": 2, "column": 5, "end_column": 5}, (2, 5, 2, 27)),
        ({"line": 2, "end_line": None, "column": None, "end_column": None}, (2, 1, 2, 27)),
        ({"line": None, "end_line": None, "column": None, "end_column": None}, (1, 1, 1, 16)),
        ({"line": 900, "end_line": 2, "column": None, "end_column": None}, (900, 1, 900, 2)),
    ],
)
def test_a_region_has_all_four_fields_and_covers_something(changes: dict[str, Any], region: tuple[int, ...]) -> None:
    (result,) = results(samples.report(samples.row(**changes)), sources=samples.SOURCES.get)
    found = result["locations"][0]["physicalLocation"]["region"]
    assert tuple(found[key] for key in ("startLine", "startColumn", "endLine", "endColumn")) == region


def test_a_vulnerability_is_filed_under_its_advisory() -> None:
    (run,) = [run for run in runs(samples.report(samples.vulnerability())) if run["results"]]
    (rule,) = run["tool"]["driver"]["rules"]
    assert (rule["id"], rule["properties"]["security-severity"]) == ("CVE-2023-30861", "7.5")
    assert "Update flask to 2.2.5 or 2.3.2." in rule["help"]["text"]
    assert run["results"][0]["message"]["text"].endswith("Fixed in 2.2.5, 2.3.2.")


def test_a_rule_holds_what_github_reads() -> None:
    rule = runs(samples.report())[0]["tool"]["driver"]["rules"][0]
    assert rule["properties"] == {
        "tags": ["security", "secret", "external/cwe/cwe-798", "nist-800-53:IA-5"],
        "precision": "high",
        "security-severity": "9.5",
    }
    assert "## How to fix" in rule["help"]["markdown"]
    assert rule["shortDescription"]["text"] == "GitHub token"
    assert rule["helpUri"] == "https://docs.github.com/en/authentication"


@pytest.mark.parametrize(
    ("severity", "raw", "score", "level"),
    [
        (Severity.CRITICAL, "9.8", "9.8", "error"),
        (Severity.CRITICAL, "", "9.5", "error"),
        (Severity.HIGH, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", "7.5", "error"),
        (Severity.HIGH, "CVSS:3.1/nonsense", "8.0", "error"),
        (Severity.MEDIUM, "9.9", "5.5", "warning"),
        (Severity.LOW, "MODERATE", "2.0", "note"),
        (Severity.INFO, "0.0", "0.1", "note"),
        (Severity.UNKNOWN, "", "4.0", "warning"),
    ],
)
def test_severity_becomes_a_score_in_its_band(severity: Severity, raw: str, score: str, level: str) -> None:
    row = samples.row(severity=severity, severity_raw=raw, confidence=Confidence.LOW)
    (run,) = [run for run in runs(samples.report(row)) if run["results"]]
    properties = run["tool"]["driver"]["rules"][0]["properties"]
    assert (properties["security-severity"], properties["precision"]) == (score, "low")
    assert run["results"][0]["level"] == level


def test_flows_and_fixes_are_carried() -> None:
    (result,) = [result for result in results(samples.report()) if "codeFlows" in result]
    steps = result["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [step["location"]["physicalLocation"]["region"]["startLine"] for step in steps] == [3, 2]
    assert result["fixes"][0]["artifactChanges"][0]["replacements"] == [
        {"deletedRegion": {"charOffset": 20, "charLength": 6}, "insertedContent": {"text": "cursor"}},
    ]


def test_what_was_not_checked_is_told_in_its_stage() -> None:
    by_stage = {run["automationDetails"]["id"].split("/")[1]: run["invocations"][0] for run in runs(samples.report())}
    assert by_stage["test"]["executionSuccessful"] is False
    notes = by_stage["test"]["toolExecutionNotifications"]
    assert [(note["level"], note["message"]["text"]) for note in notes] == [
        ("error", "failed: not Python: line 3 (sast)"),
        ("warning", "partial: 2 of 50 functions (sast)"),
    ]
    assert "toolExecutionNotifications" not in by_stage["code"]


def test_too_many_results_are_cut_worst_first_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "_MAX_RESULTS", 40)
    report = samples.many(100)
    run = next(run for run in runs(report) if run["results"])
    assert len(run["results"]) == 40
    assert {result["level"] for result in run["results"]} == {"error", "warning"}
    notes = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert notes[0] == "The 40 most severe of 100 results are in this file"
    assert sum(len(run["results"]) for run in runs(report, "sarif-full")) == 101


def test_a_file_too_big_to_upload_is_cut_until_it_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "_MAX_GZIPPED", 9_000)
    data = write("sarif", samples.many(400))
    assert len(gzip.compress(data)) <= 9_000
    assert 0 < sum(len(run["results"]) for run in json.loads(data)["runs"]) < 400


def test_a_hundred_thousand_findings_fit_what_github_takes() -> None:
    data = write("sarif", samples.many(100_000), sources=samples.SOURCES.get)
    assert len(gzip.compress(data, 1)) <= 10 << 20
    run = next(run for run in json.loads(data)["runs"] if run["results"])
    assert len(run["results"]) == 25_000
    assert {result["level"] for result in run["results"]} == {"error"}


def test_text_of_the_project_is_no_link_in_a_message() -> None:
    (result,) = results(samples.report(samples.row(message="[see](https://evil.example)")))
    assert "](" not in result["message"]["text"]


def test_a_flood_of_gaps_is_cut_and_that_is_said() -> None:
    base = samples.report()
    gaps = tuple(msgspec.structs.replace(base.coverage.gaps[0], file=f"{n}.py") for n in range(1_500))
    report = msgspec.structs.replace(base, coverage=msgspec.structs.replace(base.coverage, gaps=gaps))
    notes = runs(report)[2]["invocations"][0]["toolExecutionNotifications"]
    assert len(notes) == 1_001
    assert notes[-1]["message"]["text"] == "500 more gaps are in the JSON report"


def test_where_the_source_came_from_is_told_only_when_it_is_known() -> None:
    assert runs(samples.report())[0]["versionControlProvenance"] == [
        {
            "repositoryUri": "https://github.com/acme/shop",
            "mappedTo": {"uriBaseId": "%SRCROOT%"},
            "revisionId": samples.report().run.commit,
            "branch": "main",
        },
    ]
    run = msgspec.structs.replace(samples.report().run, project="shop")
    assert "versionControlProvenance" not in runs(samples.report(samples.row(), run=run))[0]
    unborn = msgspec.structs.replace(samples.report().run, commit="", ref="worktree")
    found = runs(samples.report(samples.row(), run=unborn))[0]["versionControlProvenance"][0]
    assert set(found) == {"repositoryUri", "mappedTo"}


def test_fixed_rows_are_not_uploaded_as_open() -> None:
    gone = samples.row(1, status=Status.FIXED)
    assert results(samples.report(gone)) == []


def test_a_stage_with_findings_has_a_run_even_if_it_is_not_covered() -> None:
    covered = msgspec.structs.replace(samples.report().coverage, stages={Stage.PLAN: StageCoverage.NOT_COVERED})
    report = samples.report(samples.secret(), coverage=covered)
    assert runs(report)[0]["automationDetails"]["id"].startswith("secloop/code/")


def test_the_markdown_of_a_page_becomes_text_in_linear_time() -> None:
    assert rules._plain("**See** [the `docs`](https://example.org/a) now") == "See the `docs` now"
    assert rules._plain("[" * 200_000 + "](" * 100_000).startswith("[[[")
