"""What engines and sensors see of the rules: pages with the user's overrides applied; and the engine protocol."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from secloop.model.enums import Severity
    from secloop.model.rule import Matcher, Rule


class RuleSet:
    """Rules by page id and by matcher rule id, in sorted order.

    `severity` overrides the severity of rule ids (a page id covers all its matchers).
    """

    def __init__(self, rules: Iterable[Rule], severity: Mapping[str, Severity] | None = None) -> None:
        """Index `rules`; a later page with an id already present replaces the earlier one."""
        self._pages = {rule.id: rule for rule in rules}
        self._severity = dict(severity or {})

    def __iter__(self) -> Iterator[Rule]:
        """Iterate over the pages by id."""
        return iter(self._pages[key] for key in sorted(self._pages))

    def __len__(self) -> int:
        """Return the number of pages."""
        return len(self._pages)

    def page(self, rule_id: str) -> Rule | None:
        """Return the page of a page id, alias or matcher rule id, or None."""
        if found := self._pages.get(rule_id) or self._aliases.get(rule_id):
            return found
        page = self._pages.get(rule_id.partition(".")[0])
        return page if page and rule_id in page.rule_ids() else None

    @cached_property
    def _aliases(self) -> dict[str, Rule]:
        return {alias: rule for rule in self for alias in rule.aliases}

    def for_engine(self, engine: str) -> RuleSet:
        """Return the rules written for one engine."""
        return RuleSet((rule for rule in self if rule.engine == engine), self._severity)

    def matchers(self) -> Iterator[tuple[Rule, Matcher]]:
        """Iterate over (page, matcher) with the matcher's unset fields filled from the page, overrides applied."""
        for rule in self:
            for matcher in rule.matchers:
                own = rule.rule_id(matcher)
                severity = self._severity.get(own) or self._severity.get(rule.id) or matcher.severity or rule.severity
                yield (
                    rule,
                    msgspec.structs.replace(
                        matcher,
                        title=matcher.title or rule.title,
                        severity=severity,
                        confidence=matcher.confidence or rule.confidence,
                        cwe=rule.cwe if matcher.cwe is None else matcher.cwe,
                        languages=matcher.languages or rule.languages,
                        resources=matcher.resources or rule.resources,
                    ),
                )

    @cached_property
    def digest(self) -> str:
        """`sha256:` over what can change a result: front matter and matchers, not prose and cases; order-free."""
        h = hashlib.sha256()
        for rule in self:
            bare = msgspec.structs.replace(rule, find="", why="", how="", cases=(), source="")
            h.update(msgspec.msgpack.encode(bare))
        h.update(msgspec.msgpack.encode(sorted((k, v.value) for k, v in self._severity.items())))
        return "sha256:" + h.hexdigest()


@runtime_checkable
class Engine(Protocol):
    """An engine gives rule pages their meaning. Engines register under the entry point group `secloop.engines`."""

    name: str

    def validate(self, rule: Rule) -> list[str]:
        """Return what is wrong with the matchers of a page of this engine, one line each; empty when all compile."""
        ...
