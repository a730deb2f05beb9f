"""The `license` engine: a matcher names the verdict of the licence policy that it reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from secloop.model.rule import Matcher, Rule
    from secloop.rules.base import RuleSet

NAME = "license"
VERDICTS = ("deny", "review", "unknown")


class LicenseEngine:
    """Gives `match: {verdict: deny}` its meaning."""

    name = NAME

    def validate(self, rule: Rule) -> list[str]:
        """Return what is wrong with a page's matchers, one line each."""
        return [
            f"matcher {matcher.id}: match holds exactly one key, verdict: one of {', '.join(VERDICTS)}"
            for matcher in rule.matchers
            if not isinstance(matcher.match, dict)
            or set(matcher.match) != {"verdict"}
            or matcher.match["verdict"] not in VERDICTS
        ]


def matchers_by_verdict(rules: RuleSet) -> dict[str, tuple[Rule, Matcher]]:
    """Return the (page, matcher) in charge of each verdict; the first page by id wins."""
    out: dict[str, tuple[Rule, Matcher]] = {}
    for rule, matcher in rules.for_engine(NAME).matchers():
        out.setdefault(matcher.match["verdict"], (rule, matcher))
    return out
