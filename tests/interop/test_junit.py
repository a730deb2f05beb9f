"""JUnit XML: well-formed whatever it holds, and honest about stages."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

from interop import samples
from secloop.interop.formats import write

if TYPE_CHECKING:
    from secloop.model.report import Report


def suites(report: Report) -> dict[str, ET.Element]:
    """Return the suites of a written report by stage."""
    root = ET.fromstring(write("junit", report))  # noqa: S314 - our own output
    return {suite.attrib["name"].removeprefix("secloop."): suite for suite in root}


def outcomes(suite: ET.Element) -> list[str]:
    """Return how each case of a suite ended; a pass is an empty string."""
    return [next((child.tag for child in case), "") for case in suite]


def test_stages_end_as_they_did() -> None:
    found = {stage: outcomes(suite) for stage, suite in suites(samples.report()).items()}
    assert found == {
        "plan": ["skipped"],
        "code": ["failure", "skipped"],
        "build": ["failure"],
        "test": ["failure", "failure", "skipped", "error"],
        "release": ["skipped"],
        "deploy": ["skipped"],
        "operate": ["failure"],
        "monitor": ["skipped"],
    }
    assert outcomes(suites(samples.clean())["code"]) == [""]


def test_counts_are_those_of_the_cases() -> None:
    for suite in suites(samples.report()).values():
        found = outcomes(suite)
        assert int(suite.attrib["tests"]) == len(found)
        assert [int(suite.attrib[key]) for key in ("failures", "errors", "skipped")] == [
            found.count(key) for key in ("failure", "error", "skipped")
        ]


def test_hostile_text_stays_text() -> None:
    found = suites(samples.hostile())["code"]
    assert "<script>alert(1)</script>" in found[0].attrib["name"]
    assert {case.tag for case in found} == {"testcase"}


def test_a_name_with_a_line_end_starts_no_line_of_its_own() -> None:
    row = samples.row(file="a\n::set-output name=x::y.py", occurrence="w-00@a\n::error::y.py")
    text = write("junit", samples.report(row)).decode()
    assert not [line for line in text.splitlines() if line.startswith("::")]
