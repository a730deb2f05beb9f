"""The terminal output is calm, fits its width, and never lets a file name speak to the terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from interop import samples
from secloop.interop import rows
from secloop.interop.formats import write
from secloop.interop.table import eight_stages
from secloop.interop.text import columns
from secloop.model.coverage import Coverage, FileCounts
from secloop.model.enums import Confidence, Severity, Stage, StageCoverage, Status
from secloop.model.policy import Decision, GateOutcome, Verdict

if TYPE_CHECKING:
    from secloop.model.report import Report


def shown(report: Report, **options: Any) -> str:
    """Return the terminal output."""
    return write("table", report, **options).decode()


def test_a_clean_run_says_so_in_one_line_and_what_it_rests_on() -> None:
    report = samples.clean()
    quiet = msgspec.structs.replace(report, tool=msgspec.structs.replace(report.tool, feeds=()))
    assert shown(quiet) == "No findings in 12 files\n"
    assert "53 days old; starter set" in shown(report)


def test_files_that_were_read_in_part_count_and_the_line_says_so() -> None:
    report = samples.clean()
    files = msgspec.structs.replace(report.coverage.files, scanned=11, partial=1)
    partly = msgspec.structs.replace(report, coverage=msgspec.structs.replace(report.coverage, files=files))
    assert shown(partly).startswith("No findings in what could be read of 12 files")


def test_quiet_prints_nothing_when_all_is_well() -> None:
    assert shown(samples.clean(), quiet=True) == ""


def test_quiet_prints_a_line_for_each_finding_and_why_the_run_fails() -> None:
    found = shown(samples.report(), quiet=True).splitlines()
    assert found[0] == "app/config.py:4:9: critical: GitHub token [github-token.classic] s-b72898c4"
    assert any("app/broken.py" in line for line in found)
    assert any(line.startswith("Gate        failed") for line in found)


def test_low_confidence_is_counted_and_shown_on_request_or_when_the_gate_names_it() -> None:
    unsure = samples.row(2, title="Maybe", confidence=Confidence.LOW)
    passed = Verdict(exit=0, gate=GateOutcome.PASSED, complete=True, profile="default")
    report = samples.report(samples.row(1, title="Surely"), unsure, verdict=passed)
    assert "Maybe" not in shown(report)
    assert "1 of low confidence (--verbose)" in shown(report)
    assert "Maybe" in shown(report, verbose=True)
    decision = Decision(rule="all", reason="r", to_pass="p", findings=(unsure.id,), occurrences=(unsure.occurrence,))
    failed = msgspec.structs.replace(passed, decisions=(decision,))
    assert "Maybe" in shown(msgspec.structs.replace(report, verdict=failed))


def test_an_incomplete_run_without_findings_is_not_called_clean() -> None:
    verdict = Verdict(exit=3, gate=GateOutcome.PASSED, complete=False, profile="default")
    found = shown(samples.report(samples.row(), findings=(), verdict=verdict))
    assert found.startswith("No findings in what could be read")
    assert "not checked  app/broken.py" in found


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize(
    "report", [samples.report(), samples.hostile(), samples.clean()], ids=["full", "hostile", "clean"]
)
def test_every_line_fits_the_terminal(report: Report, width: int) -> None:
    for line in shown(report, width=width, summary=True).splitlines():
        if not line.lstrip().startswith("secloop ") and "Severity" not in line and not line.startswith(STAGES):
            assert columns(line) <= max(width, 40), line


STAGES = ("Stage", *(stage.value for stage in Stage))


@pytest.mark.parametrize("verbose", [False, True])
def test_no_escape_of_the_scanned_project_reaches_the_terminal(verbose: bool) -> None:
    found = shown(samples.hostile(), verbose=verbose, color=True)
    assert not re.search("\x1b(?!\\[(?:0|1|2|3[1-6]|1;31)m)", found)
    assert not re.search("[\r\x00\u202e]", found)
    assert "\x1b" not in shown(samples.hostile(), verbose=verbose)


def test_places_of_one_occurrence_count_once() -> None:
    report = samples.report(samples.secret(line=1), samples.secret(line=9))
    assert "1 finding: 1 critical" in shown(report)
    assert shown(report).count("app/config.py") == 2


def test_verbose_shows_what_is_hidden_and_why() -> None:
    assert "hidden by exception (.secloop/exceptions.yaml): Test double" in shown(samples.report(), verbose=True)
    assert "Weak hash" not in shown(samples.report())
    assert "2 hidden, 1 closed" in shown(samples.report())


def test_a_long_list_ends_with_how_to_see_the_rest() -> None:
    found = shown(samples.many(150))
    assert "50 more places, none of which fails the gate" in found
    assert "50 more" not in shown(samples.many(150), verbose=True)


def test_a_long_list_never_leaves_out_what_fails_the_gate() -> None:
    report = samples.many(150)
    failing = rows.standing(report)[-30:]
    decision = Decision(
        rule="own", reason="r", to_pass="p", occurrences=tuple(dict.fromkeys(row.occurrence for row in failing))
    )
    verdict = msgspec.structs.replace(report.verdict, gate=GateOutcome.FAILED, decisions=(decision,))
    found = shown(msgspec.structs.replace(report, verdict=verdict))
    assert all(f"{row.file}:{row.line}" in found for row in failing)
    assert "50 more places, none of which fails the gate" in found


def test_the_summary_names_all_eight_stages_and_never_passes_one_that_is_not_covered() -> None:
    found = eight_stages(samples.report(), {Stage.PLAN: "threat model as code"}).splitlines()
    assert [line.split()[0] for line in found[1:]] == [stage.value for stage in Stage]
    assert found[1].split(maxsplit=3) == ["plan", "not", "covered", "threat model as code"]
    assert found[2].split() == ["code", "complete", "1", "-", "-", "-", "-"]
    assert found[4].split() == ["test", "incomplete", "-", "1", "-", "-", "1"]
    assert "\x1b" in eight_stages(samples.report(), color=True)
    assert shown(samples.report(), summary=True).startswith("Stage    Status")


def test_a_missing_sensor_and_a_feed_of_unknown_date_are_told() -> None:
    covered = Coverage(
        stages={Stage.CODE: StageCoverage.INCOMPLETE}, files=FileCounts(seen=1), missing=("sensor sast",)
    )
    base = samples.report()
    feeds = (msgspec.structs.replace(base.tool.feeds[0], date=""),)
    tool = msgspec.structs.replace(base.tool, feeds=feeds)
    found = shown(msgspec.structs.replace(base, coverage=covered, tool=tool))
    assert "not checked  sensor sast" in found
    assert "osv of unknown date" in found


def test_a_package_in_the_title_is_named_once() -> None:
    named = samples.vulnerability(title="flask 2.0.1: cookie cached by a proxy")
    bare = samples.vulnerability(title="cookie cached by a proxy")
    assert shown(samples.report(named)) == shown(samples.report(bare))
    assert "flask 2.0.1: cookie cached" in shown(samples.report(bare))


def test_no_fix_is_said_too_and_severities_keep_their_order() -> None:
    low = samples.vulnerability(1, severity=Severity.LOW, fixed=(), status=Status.NEW)
    found = shown(samples.report(low, samples.secret()))
    assert "no fix known" in found
    assert found.index("critical") < found.index("low ")
