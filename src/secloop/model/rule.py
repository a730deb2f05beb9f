"""A rule page as data: what is looked for, and the cases that prove it."""

from __future__ import annotations

from typing import Any

from msgspec import field

from secloop.model.base import Value
from secloop.model.enums import Audience, Confidence, Kind, RuleState, Severity, Stage


class Control(Value):
    """A requirement of a framework, by id, e.g. `nist-800-53` and `IA-5`."""

    framework: str
    id: str


class ThreatRef(Value):
    """A reference to a threat: a STRIDE letter (S T R I D E) or the id of a threat of the model."""

    id: str


class Matcher(Value, forbid_unknown_fields=True):
    """One way a rule can match; for gates, maps and counts a rule of its own.

    `match` is written in the engine's own language and is opaque here. Unset fields are the page's.
    """

    id: str
    match: Any
    title: str | None = None
    severity: Severity | None = None
    confidence: Confidence | None = None
    cwe: tuple[int, ...] | None = None
    languages: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    attribute: str = ""
    check: str = ""
    same_as: tuple[str, ...] = ()
    fix: Any = None


class Case(Value):
    """A fenced example of a page. `good` empty-matcher cases must stay clean of the whole page.

    `lines` are the lines (from 1, in the expanded text) that must be found, read from `# <- here` marks or `lines=`;
    empty means: found somewhere. `at` is a resource address. Cases with one `group` form one tree.
    """

    bad: bool
    matcher: str
    text: str
    file: str
    line: int
    lines: tuple[int, ...] = ()
    at: str = ""
    group: str = ""


class Rule(Value):
    """A whole page. `find`, `why`, `how` are the Markdown of its sections; `source` is the page's path."""

    id: str
    title: str
    stage: Stage
    kind: Kind
    engine: str
    since: str
    state: RuleState
    severity: Severity
    confidence: Confidence
    cwe: tuple[int, ...]
    matchers: tuple[Matcher, ...]
    aliases: tuple[str, ...] = ()
    audience: Audience = Audience.REGULAR
    controls: dict[str, tuple[str, ...]] = field(default_factory=dict)
    threats: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    find: str = ""
    why: str = ""
    how: str = ""
    cases: tuple[Case, ...] = ()
    source: str = ""

    def rule_id(self, matcher: Matcher) -> str:
        """Return the id of one matcher's rule: `<page>` when there is one matcher, else `<page>.<matcher>`."""
        return self.id if len(self.matchers) == 1 else f"{self.id}.{matcher.id}"

    def rule_ids(self) -> tuple[str, ...]:
        """Return the ids of all matchers, in the page's order."""
        return tuple(self.rule_id(matcher) for matcher in self.matchers)
