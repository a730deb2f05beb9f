"""Rules ready to run, by type of resource."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from secloop.model.errors import UsageError
from secloop.policy.checks import Check
from secloop.stages.deploy.iac.engine import NAME

if TYPE_CHECKING:
    from secloop.model.rule import Matcher, Rule
    from secloop.rules.base import RuleSet


@dataclass(frozen=True, slots=True)
class Ready:
    """One matcher, compiled."""

    page: Rule
    matcher: Matcher
    check: Check


class Pack:
    """The matchers of the engine `cel`, each compiled when a resource of its type first turns up."""

    def __init__(self, rules: RuleSet) -> None:
        """Take the rules."""
        self._waiting: dict[str, list[tuple[Rule, Matcher]]] = {}
        self._checks: dict[str, Check | None] = {}
        self._ready: dict[str, tuple[Ready, ...]] = {}
        for page, matcher in rules.for_engine(NAME).matchers():
            for type_ in matcher.resources:
                self._waiting.setdefault(type_, []).append((page, matcher))

    def ready(self, type_: str) -> tuple[Ready, ...]:
        """Return the matchers for a type. One that cannot be compiled is left out: `rules test` tells which."""
        if type_ not in self._ready:
            pairs = self._waiting.get(type_, ())
            checks = [(page, matcher, self._check(matcher)) for page, matcher in pairs]
            self._ready[type_] = tuple(Ready(page, matcher, check) for page, matcher, check in checks if check)
        return self._ready[type_]

    def _check(self, matcher: Matcher) -> Check | None:
        text = matcher.match if isinstance(matcher.match, str) else ""
        if text not in self._checks:
            try:
                self._checks[text] = Check(text)
            except UsageError:
                self._checks[text] = None
        return self._checks[text]
