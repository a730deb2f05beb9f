"""Every case on every built-in page, run by the real engine; and what each page as a whole must be."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from secloop.loop.pagetests import PageResult, run_page
from secloop.rules import index, quality

if TYPE_CHECKING:
    from secloop.model.rule import Rule

PAGES = {rule.id: rule for rule in index.builtin(prose=True)}
CASES = [
    pytest.param(rule.id, number, id=f"{rule.id}-line-{group[0].line}")
    for rule in PAGES.values()
    for number, group in enumerate(quality.case_groups(rule))
]


@cache
def result(rule_id: str) -> PageResult:
    return run_page(PAGES[rule_id])


@pytest.mark.parametrize(("rule_id", "number"), CASES)
def test_a_case_is_as_its_page_says(rule_id: str, number: int) -> None:
    page = result(rule_id)
    assert page.cases, page.problems
    case = page.cases[number]
    assert not case.problems, f"{page.source}:{case.line}"


@pytest.mark.parametrize("rule_id", PAGES)
def test_every_matcher_of_a_page_counts(rule_id: str) -> None:
    assert result(rule_id).problems == ()


def rule_texts(rule: Rule) -> list[str]:
    return [rule.title, rule.find, rule.why, rule.how, *(matcher.title or "" for matcher in rule.matchers)]


@pytest.mark.parametrize("rule", PAGES.values(), ids=PAGES)
def test_a_page_reads_well(rule: Rule) -> None:
    for text in rule_texts(rule):
        assert "TODO" not in text
        assert text == text.strip()
    assert not rule.title.endswith(".")
    assert all(len(text.split()) >= 4 for text in (rule.find, rule.why, rule.how))
