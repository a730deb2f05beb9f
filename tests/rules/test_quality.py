"""A matcher counts only with two bad cases and two good ones that nearly match."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.rules import quality
from secloop.rules.pages import parse_page

if TYPE_CHECKING:
    from rules.conftest import MakePage
    from secloop.model.rule import Rule


def parsed(text: str) -> Rule:
    return parse_page(text, "acme-token.md")


def test_a_page_with_two_cases_on_each_side_has_no_problem(page: MakePage) -> None:
    assert quality.problems(parsed(page())) == ()


def test_too_few_cases_are_told_per_matcher(page: MakePage) -> None:
    text = page().replace("good=plain", "good").replace("bad=plain", "good", 1).replace("  # <- here", "", 1)
    assert quality.problems(parsed(text)) == ("acme-token has 1 bad cases, needs 2: add bad=plain",)


def test_plain_good_counts_only_where_there_is_one_matcher(page: MakePage) -> None:
    text = page().replace("---\n\n##", "  - {id: other, match: {}}\n---\n\n##", 1)
    assert "acme-token.plain has 1 near-miss good cases, needs 2: add good=plain" in quality.problems(parsed(text))
    assert len(quality.problems(parsed(text))) == 3


def test_a_group_is_one_case(page: MakePage) -> None:
    group = "\n```python good group=g\n```\n```text group=g\n```\n"
    rule = parsed(page() + group)
    assert [len(case) for case in quality.case_groups(rule)] == [1, 1, 1, 1, 2]
    assert quality.case_count(rule, rule.matchers[0], bad=False) == 3
