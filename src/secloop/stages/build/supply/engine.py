"""The `supply` engine: a matcher names a check, and the ecosystems whose packages it looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secloop.stages.build.purl import ECOSYSTEMS

if TYPE_CHECKING:
    from secloop.model.rule import Matcher, Rule
    from secloop.rules.base import RuleSet

NAME = "supply"
CHECKS = (
    "malicious",
    "typosquat",
    "extra-index",
    "unpinned",
    "unpinned-install",
    "loose-install",
    "piped-installer",
    "install-script",
    "end-of-life",
)
"""What a matcher can ask for; `extra-index`, the installs and the installer read lines, the others packages."""


class SupplyEngine:
    """Gives `match: {check: typosquat, ecosystems: [PyPI]}` its meaning."""

    name = NAME

    def validate(self, rule: Rule) -> list[str]:
        """Return what is wrong with a page's matchers, one line each."""
        return [f"matcher {m.id}: {problem}" for m in rule.matchers for problem in _problems(m.match)]


def _problems(match: Any) -> list[str]:
    if not isinstance(match, dict) or set(match) != {"check", "ecosystems"}:
        return ["match holds exactly check and ecosystems"]
    names = match["ecosystems"]
    if match["check"] not in CHECKS:
        return [f"check is none of {', '.join(CHECKS)}"]
    if not isinstance(names, list) or not names:
        return ["ecosystems is a list of names, not empty"]
    return [f"{name!r} is no ecosystem" for name in names if name not in ECOSYSTEMS]


def matchers_by_check(rules: RuleSet) -> dict[tuple[str, str], tuple[Rule, Matcher]]:
    """Return the (page, filled matcher) in charge of each (check, ecosystem); the first page by id wins."""
    out: dict[tuple[str, str], tuple[Rule, Matcher]] = {}
    for rule, matcher in rules.for_engine(NAME).matchers():
        for ecosystem in matcher.match["ecosystems"]:
            out.setdefault((matcher.match["check"], ecosystem), (rule, matcher))
    return out
