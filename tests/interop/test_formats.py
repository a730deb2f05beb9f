"""What holds for every output format."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from interop import golden, samples
from secloop.interop.formats import FORMATS, PROSE, SOURCES, check, write
from secloop.model.errors import UsageError

if TYPE_CHECKING:
    from secloop.model.policy import Verdict

SUFFIX = {"table": "txt", "markdown": "md", "junit": "xml", "csv": "csv", "html": "html"}


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_writes_its_golden_file(name: str) -> None:
    data = write(name, samples.report(), samples.rule_set(), sources=samples.SOURCES.get)
    suffix = SUFFIX.get(name, "json")
    assert golden.holds(f"{name}.{suffix}", data), (
        f"{name} differs from its golden file: UPDATE_GOLDEN=1 writes it again"
    )


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_report_gives_the_same_bytes(name: str) -> None:
    assert write(name, samples.report(), samples.rule_set()) == write(name, samples.report(), samples.rule_set())


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "json"])
def test_the_order_of_rows_does_not_matter(name: str) -> None:
    rows = samples.everything()
    assert write(name, samples.report(*rows)) == write(name, samples.report(*reversed(rows), verdict=_verdict()))


@pytest.mark.parametrize("name", FORMATS)
def test_hostile_text_is_written_as_one_clean_utf8_document(name: str) -> None:
    text = write(name, samples.hostile(), samples.rule_set(), verbose=True).decode("utf-8")
    assert "\x1b" not in text
    assert "\x00" not in text
    if name not in {"json", "sarif", "sarif-full"} and not name.startswith("gitlab"):
        assert "\u202e" not in text
        assert "\ufffe" not in text


@pytest.mark.parametrize("name", FORMATS)
def test_a_clean_report_and_rows_without_prose_are_written_too(name: str) -> None:
    assert write(name, samples.clean())
    assert write(name, samples.report(samples.row(title="", message="", rule="x")))


def test_the_formats_that_need_prose_or_sources_are_named() -> None:
    report = samples.report(samples.row(), samples.secret(), samples.vulnerability(rule="sql-injection.flask"))
    rules, sources = samples.rule_set(), samples.SOURCES.get
    assert {name for name in FORMATS if write(name, report, rules) != write(name, report)} == PROSE
    assert {name for name in FORMATS if write(name, report, sources=sources) != write(name, report)} == SOURCES


def test_an_unknown_format_names_the_nearest_one() -> None:
    with pytest.raises(UsageError, match="Did you mean sarif"):
        check("sarfi")
    with pytest.raises(UsageError, match="Choose one of table, json"):
        write("%%%", samples.clean())


def test_formats_are_imported_only_when_they_are_asked_for() -> None:
    program = "import sys, secloop.interop.formats, secloop.interop.table; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"jinja2", "markdown_it", "cvss", "csv", "html", "gzip", "secloop.interop.sarif"}


def _verdict() -> Verdict:
    return samples.report().verdict
