"""Rules ready to run, by language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from secloop.stages.test.sast.fixes import read_fix
from secloop.stages.test.sast.languages import NAME
from secloop.stages.test.sast.semgrep.formula import BadRuleError
from secloop.stages.test.sast.semgrep.rule import read_rule

if TYPE_CHECKING:
    from secloop.model.rule import Matcher, Rule
    from secloop.rules.base import RuleSet
    from secloop.stages.test.sast.fixes import Correction
    from secloop.stages.test.sast.semgrep.rule import SemgrepRule


@dataclass(frozen=True, slots=True)
class Ready:
    """One matcher, read for one language."""

    page: Rule
    matcher: Matcher
    rule: SemgrepRule
    fix: tuple[Correction, ...] = ()

    @property
    def id(self) -> str:
        """The matcher's rule id."""
        return self.page.rule_id(self.matcher)


class Pack:
    """The matchers of the engine `semgrep`, each read when its language first turns up."""

    def __init__(self, rules: RuleSet) -> None:
        """Take the rules."""
        self._matchers = list(rules.for_engine(NAME).matchers())
        self._ready: dict[str, tuple[Ready, ...]] = {}

    @cached_property
    def languages(self) -> frozenset[str]:
        """The languages that there is a rule for."""
        return frozenset(name for _, matcher in self._matchers for name in matcher.languages)

    @cached_property
    def settings(self) -> tuple[tuple[str, str], ...]:
        """The (rule id, regex) pairs of the values that rules look for in configuration files."""
        return tuple(
            (page.rule_id(matcher), str(source["setting"]))
            for page, matcher in self._matchers
            if isinstance(matcher.match, dict)
            for source in matcher.match.get("pattern-sources") or ()
            if isinstance(source, dict) and "setting" in source
        )

    def ready(self, language: str) -> tuple[Ready, ...]:
        """Return the matchers for a language. A matcher that cannot be read is left out: `rules test` tells which."""
        found = self._ready.get(language)
        if found is None:
            found = self._ready[language] = tuple(self._read(language))
        return found

    def _read(self, language: str) -> list[Ready]:
        out: list[Ready] = []
        for page, matcher in self._matchers:
            if language in matcher.languages and isinstance(matcher.match, dict):
                try:
                    out.append(Ready(page, matcher, read_rule(matcher.match, language), read_fix(matcher.fix)))
                except BadRuleError:
                    continue
        return out
