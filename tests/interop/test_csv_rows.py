"""CSV: RFC 4180, and no cell runs."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interop import samples
from secloop.interop.csv_rows import COLUMNS
from secloop.interop.formats import write

if TYPE_CHECKING:
    from secloop.model.report import Report


def table(report: Report) -> list[list[str]]:
    """Return the cells of a written report."""
    return list(csv.reader(io.StringIO(write("csv", report).decode(), newline="")))


def test_every_row_has_every_column_and_lines_end_as_the_rfc_says() -> None:
    found = table(samples.report())
    assert tuple(found[0]) == COLUMNS
    assert {len(line) for line in found} == {len(COLUMNS)}
    assert len(found) == 1 + len(samples.everything())
    assert write("csv", samples.report()).count(b"\r\n") == len(found)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\uff1d1"])
def test_a_formula_is_quoted(text: str) -> None:
    (cell,) = [line[COLUMNS.index("title")] for line in table(samples.report(samples.row(title=text)))[1:]]
    assert cell.startswith("'")


@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_any_text_stays_in_its_cell(text: str) -> None:
    found = table(samples.report(samples.row(message=text)))
    assert len(found) == 2
    assert len(found[1]) == len(COLUMNS)
    assert not found[1][COLUMNS.index("message")].lstrip().startswith(("=", "+", "-", "@"))
