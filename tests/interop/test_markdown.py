"""The pull request comment: what it says, and that nothing in it comes alive."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from interop import samples
from secloop.interop.formats import write
from secloop.interop.markdown import MARKER, code, escaped
from secloop.model.enums import Severity

ANY = st.text(alphabet=st.characters(exclude_categories=[]))
RENDER = MarkdownIt("commonmark", {"html": True}).enable(["table"])


def test_it_starts_with_the_hidden_marker_and_counts() -> None:
    text = write("markdown", samples.report()).decode()
    assert text.splitlines()[0] == MARKER
    assert "## secloop: Gate failed, and the scan is incomplete" in text
    assert "**3 new** (1 critical, 1 high, 1 medium) · 1 fixed · 2 existing" in text
    assert "test incomplete; plan, release, deploy, monitor not covered" in text


def test_a_place_links_to_the_commit_on_github_only() -> None:
    commit = samples.report().run.commit
    assert f"(https://github.com/acme/shop/blob/{commit}/app/db.py#L2)" in write("markdown", samples.report()).decode()
    assert "](http" not in write("markdown", samples.hostile()).decode()


def test_it_stays_below_the_size_github_takes() -> None:
    text = write("markdown", samples.report(*(samples.row(n, title="x" * 400) for n in range(3000)))).decode()
    assert len(text) < 65_536
    assert re.search(r"and 2,9\d\d more places of new findings, less severe", text)


def test_long_paths_leave_fewer_rows_not_a_refused_comment() -> None:
    rows = (samples.row(n, file=f"{'d/' * 2000}{n}.py") for n in range(60))
    text = write("markdown", samples.report(*rows)).decode()
    assert len(text) < 65_536
    assert "more places of new findings" in text


@given(ANY)
def test_escaped_text_renders_as_text_only(text: str) -> None:
    html = RENDER.render(f"x {escaped(text)} x")
    assert not re.search(r"<(?!/?p>)", html)


@given(ANY)
def test_code_renders_as_one_code_span(text: str) -> None:
    html = RENDER.render(f"| a |\n| --- |\n| {code(text)} |\n")
    assert html.count("<td>") == 1
    assert not re.search(r"<(?!/?(?:table|thead|tbody|tr|th|td|code)>)", html)


@pytest.mark.parametrize(
    "text", ["@octocat", "#12", "GH-12", "https://evil.example", "www.evil.example", "<img src=x>"]
)
def test_mentions_references_links_and_html_are_dead(text: str) -> None:
    assert text not in escaped(text)


def test_a_clean_run_is_short() -> None:
    text = write("markdown", samples.clean()).decode()
    assert "## secloop: Gate passed\n" in text
    assert "**0 new** (none)" in text
    assert "<details>" not in text


def test_every_severity_is_counted() -> None:
    rows = [samples.row(n, severity=severity) for n, severity in enumerate(Severity)]
    text = write("markdown", samples.report(*rows)).decode()
    assert "**6 new** (1 critical, 1 high, 1 medium, 1 low, 1 info, 1 unknown)" in text
