"""What makes a page's matchers count: enough cases on both sides (contracts.md, "Packs, pages, fixes, facts")."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from secloop.model.rule import Case, Matcher, Rule

MIN_CASES = 2
"""A matcher counts with at least this many bad cases, and as many good ones that nearly match."""


def problems(rule: Rule) -> tuple[str, ...]:
    """Return what keeps a page's matchers from counting, one line each, in the page's order; empty when all count."""
    return tuple(problem for matcher in rule.matchers for problem in _missing(rule, matcher))


def case_count(rule: Rule, matcher: Matcher, *, bad: bool) -> int:
    """Return how many cases a matcher has; a group is one. Where a page has one matcher, plain `good` counts too."""
    alone = len(rule.matchers) == 1
    return sum(
        case.bad is bad and (case.matcher == matcher.id or (alone and not case.matcher))
        for case in (group[0] for group in case_groups(rule))
    )


def case_groups(rule: Rule) -> tuple[tuple[Case, ...], ...]:
    """Return the cases of a page in order, those of one `group=` together: each is one tree of files."""
    groups: dict[str, list[Case]] = {}
    for case in rule.cases:
        groups.setdefault(case.group or f"\0{case.line}", []).append(case)
    return tuple(tuple(group) for group in groups.values())


def _missing(rule: Rule, matcher: Matcher) -> list[str]:
    found = []
    for bad, what in ((True, "bad"), (False, "near-miss good")):
        count = case_count(rule, matcher, bad=bad)
        if count < MIN_CASES:
            word = "bad" if bad else "good"
            found.append(
                f"{rule.rule_id(matcher)} has {count} {what} cases, needs {MIN_CASES}: add {word}={matcher.id}"
            )
    return found
