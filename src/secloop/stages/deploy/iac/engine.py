"""The engine `cel`: a matcher is an expression over a resource `r`, true where the resource fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.model.errors import UsageError
from secloop.policy.checks import Check

if TYPE_CHECKING:
    from secloop.model.rule import Matcher, Rule

NAME = "cel"


class CelEngine:
    """Gives `match: "!r.attrs.?encrypted.orValue(false)"` its meaning."""

    name = NAME

    def validate(self, rule: Rule) -> list[str]:
        """Return what is wrong with a page's matchers, one line each."""
        return [f"matcher {m.id}: {problem}" for m in rule.matchers for problem in _problems(m, rule)]


def _problems(matcher: Matcher, rule: Rule) -> list[str]:
    if not (matcher.resources or rule.resources):
        return ["no resources"]
    if not isinstance(matcher.match, str):
        return ["match is no text"]
    try:
        Check(matcher.match)
    except UsageError as problem:
        return [problem.what]
    return []
