"""The HTML report: self-contained, under a strict policy, safe, and complete."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from interop import samples
from secloop.interop.formats import write
from secloop.interop.html import charts
from secloop.interop.html.first import actions
from secloop.interop.html.prose import prose
from secloop.model.enums import Severity, Stage

if TYPE_CHECKING:
    from pathlib import Path

    from secloop.model.report import Report

VOID = {"meta", "br", "input", "link", "img"}


class Outline(HTMLParser):
    """Collects elements, attributes and unclosed elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.crossed: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.crossed.append(tag)


def written(report: Report) -> str:
    """Return the page."""
    return write("html", report, samples.rule_set(), planned={Stage.PLAN: "Threat model as code"}).decode()


@pytest.mark.parametrize(
    "report", [samples.report(), samples.clean(), samples.hostile()], ids=["full", "clean", "hostile"]
)
def test_the_page_is_well_formed_and_asks_for_nothing(report: Report) -> None:
    page = Outline(written(report))
    assert (page.open, page.crossed) == ([], [])
    names = {name for name, _ in page.elements}
    assert not names & {"script", "iframe", "img", "link", "object", "embed", "form", "base"}
    for _, attributes in page.elements:
        assert not [key for key in attributes if key.startswith("on") or key in {"style", "src", "srcset"}]
        assert re.match(r"(https?://|#|$)", attributes.get("href") or "")


def test_names_in_the_page_are_unique_and_every_anchor_leads_somewhere() -> None:
    page = Outline(written(samples.report()))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in page.elements:
        href = attributes.get("href") or ""
        assert not href.startswith("#") or href[1:] in ids, href


def test_the_policy_allows_exactly_the_style_of_the_page() -> None:
    page = written(samples.report())
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in page.replace("&#39;", "'")
    assert not re.search(r"@import|url\(", style[1])


def test_it_tells_what_the_report_holds() -> None:
    page = written(samples.report())
    for text in (
        "Gate failed, scan incomplete",
        "Revoke it and take it out, or accept it with an expiry",
        "Update flask 2.0.1 to 2.2.5",
        "Whoever reads the file can act <strong>as its owner</strong>.",
        "app/broken.py",
        "Not covered by this run:</b> plan, release, deploy, monitor.",
        "53 days",
        "Test double, rotated",
        "Threat model as code",
        "werkzeug",
        "Path built from input",
        "secloop:ignore weak-hash",
    ):
        assert text in page, text


def test_a_large_report_shows_the_worst_and_counts_the_rest() -> None:
    page = written(samples.many(3_000))
    assert "The 1,000 most severe of 3,000 places are on this page" in page
    assert len(page) < 1_500_000


def test_markdown_of_a_rule_page_cannot_bring_html_images_or_scripts() -> None:
    found = str(prose("<img src=x onerror=y> ![a](http://b) [c](javascript:d) **e** \x1b"))
    assert "<img" not in found
    assert 'href="javascript' not in found
    assert "<strong>e</strong>" in found
    assert "\x1b" not in found


def test_fix_first_joins_what_one_act_clears_and_puts_the_worst_first() -> None:
    rows = [
        samples.vulnerability(1, severity=Severity.CRITICAL, fixed=("2.3.2",), ids=("CVE-1",)),
        samples.vulnerability(2, severity=Severity.HIGH, fixed=("2.2.5",), ids=("CVE-2",)),
        samples.vulnerability(3, severity=Severity.HIGH, fixed=(), component="old", evidence={"kev": "true"}),
        samples.secret(4, severity=Severity.HIGH),
        samples.secret(5, severity=Severity.HIGH, line=9),
    ]
    found = actions(rows)
    assert [(action.what, action.clears) for action in found] == [
        ("Update flask 2.0.1: fixes are in 2.2.5, 2.3.2", 2),
        ("Replace or accept old 2.0.1: no fix is known", 1),
        ("Revoke 2 secrets and take them out", 2),
    ]
    assert [action.exploited for action in found] == [False, True, False]


def test_charts_speak_and_keep_small_parts_visible() -> None:
    drawn = str(charts.bar([("critical", 1), ("low", 9_999), ("info", 0)], "a <b>"))
    assert "<title>a &lt;b&gt;</title><desc>1 critical, 9,999 low</desc>" in drawn
    widths = [float(width) for width in re.findall(r'<rect class="\w+" [^>]*? width="([\d.]+)"', drawn)]
    assert len(widths) == 2
    assert min(widths) >= 2
    assert "none" in str(charts.donut([], "t"))


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs chromium")
@pytest.mark.parametrize("report", [samples.report(), samples.hostile()], ids=["full", "hostile"])
def test_a_browser_draws_it_without_a_word_of_complaint(tmp_path: Path, report: Report) -> None:
    page, picture = tmp_path / "r.html", tmp_path / "r.png"
    page.write_text(written(report), encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    flags += ["--disable-background-networking", "--disable-component-update", "--enable-logging=stderr"]
    command = ["chromium", *flags, f"--user-data-dir={tmp_path / 'profile'}", f"--screenshot={picture}", page.as_uri()]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    assert not re.search(r"CONSOLE|Content Security Policy|Refused to", done.stderr)
    assert picture.stat().st_size > 10_000
