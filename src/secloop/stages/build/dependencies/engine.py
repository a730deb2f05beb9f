"""The `advisory` engine: a matcher names the ecosystems whose packages are matched against known vulnerabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secloop.stages.build.versions.base import ECOSYSTEMS

if TYPE_CHECKING:
    from secloop.model.rule import Matcher, Rule
    from secloop.rules.base import RuleSet

NAME = "advisory"


class AdvisoryEngine:
    """Gives `match: {ecosystems: [PyPI]}` its meaning."""

    name = NAME

    def validate(self, rule: Rule) -> list[str]:
        """Return what is wrong with a page's matchers, one line each."""
        return [f"matcher {m.id}: {problem}" for m in rule.matchers for problem in _problems(m.match)]


def _problems(match: Any) -> list[str]:
    if not isinstance(match, dict) or set(match) != {"ecosystems"}:
        return ["match holds exactly one key, ecosystems"]
    names = match["ecosystems"]
    if not isinstance(names, list) or not names:
        return ["ecosystems is a list of names, not empty"]
    return [f"{name!r} is none of {', '.join(ECOSYSTEMS)}" for name in names if name not in ECOSYSTEMS]


def matchers_by_ecosystem(rules: RuleSet) -> dict[str, tuple[Rule, Matcher]]:
    """Return the (page, filled matcher) in charge of each ecosystem; the first page by id wins."""
    out: dict[str, tuple[Rule, Matcher]] = {}
    for rule, matcher in rules.for_engine(NAME).matchers():
        for ecosystem in matcher.match["ecosystems"]:
            out.setdefault(ecosystem, (rule, matcher))
    return out
