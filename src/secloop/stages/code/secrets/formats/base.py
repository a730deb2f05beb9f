"""What a file of another tool gives to the sensor: rules of its own, and reasons why a hit is known or allowed.

Nothing is dropped in silence: what a `Hider` hides is a suppression with its reason, like an ignore comment.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from secloop.model.errors import UsageError
from secloop.model.regex import lazy

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from secloop.scan.base import SourceFile
    from secloop.stages.code.secrets.compiled import CompiledAllowlist, CompiledRule
    from secloop.stages.code.secrets.detect import Hit

MAX_BYTES = 8 << 20
"""A baseline or list larger than this is refused."""

_GITLEAKS = lazy(r"[a-z0-9]+(?:-[a-z0-9]+)*")
"""How Gitleaks writes a rule's id. TruffleHog and detect-secrets write capitals."""

GENERIC_RULE = "generic-api-key"
"""Gitleaks' one rule that looks at names instead of shapes."""

GENERIC = "generic"
"""In a foreign rule's id: a rule that goes by names such as `api_key`, which every tool calls and cuts differently."""


@dataclass(frozen=True)
class Seen:
    """A hit where it stands.

    Where the history is scanned, `commit` brought it, and `file` may be a part that starts `above` lines down.
    """

    hit: Hit
    file: SourceFile
    commit: str = ""
    above: int = 0

    @cached_property
    def lines(self) -> frozenset[int]:
        """The lines (from 1) on which its match and its secret start: tools differ in which they report."""
        return frozenset(self.above + self.file.position(at)[0] for at in (self.hit.match[0], self.hit.start))

    @cached_property
    def line(self) -> bytes:
        """The lines on which the secret stands, cut where they are very long."""
        from secloop.stages.code.secrets.detect import line_around

        return self.file.data[slice(*line_around(self.file.data, self.hit.start, self.hit.end))]

    @property
    def match(self) -> bytes:
        """The text of the whole match."""
        return self.file.data[slice(*self.hit.match)]


class Hider(Protocol):
    """Knows hits that are no news."""

    def why(self, seen: Seen) -> str:
        """Return why a hit is hidden, in one line that names the file which says so; empty where it is not."""
        ...


@dataclass(frozen=True, slots=True)
class PathRule:
    """A rule that reports a file by its path alone, whatever it holds."""

    rule_id: str
    title: str
    path: Any
    source: str
    allowlists: tuple[CompiledAllowlist, ...] = ()

    def matches(self, path: str) -> bool:
        """Return whether the path is one that the rule reports."""
        name = path.encode("utf-8", "replace")
        if self.path.search(name) is None:
            return False
        return not any(one.covers(b"", b"", bytes, path) for one in self.allowlists)


@dataclass(frozen=True, slots=True)
class Foreign:
    """All that other tools' files say. `digest` changes when they do."""

    rules: tuple[CompiledRule, ...] = ()
    paths: tuple[PathRule, ...] = ()
    hiders: tuple[Hider, ...] = ()
    digest: str = ""

    def why(self, seen: Seen) -> str:
        """Return the first reason to hide a hit, or nothing."""
        return next((reason for hider in self.hiders if (reason := hider.why(seen))), "")


def names_of(rule: CompiledRule) -> frozenset[str]:
    """Return the lower-case names a rule goes by: its id, page, aliases, and what other tools call the same."""
    own = rule.rule_id.removeprefix("gitleaks.") if rule.foreign else rule.page.id
    return frozenset(
        name.lower()
        for name in (rule.rule_id, own, *(() if rule.foreign else (*rule.page.aliases, *rule.matcher.same_as)))
    )


def goes_by(name: str, rule: CompiledRule) -> bool:
    """Return whether a foreign rule id means what one of our rules finds.

    The same name, the same provider (the first word), or two rules of which one is generic: every tool draws the line
    between a provider's rule and the generic one elsewhere.
    """
    lowered = name.lower()
    names = names_of(rule)
    if lowered in names or GENERIC in lowered or rule.generic:
        return True
    return any(_provider(lowered) == _provider(own) for own in names)


def is_named(name: str, rule: CompiledRule) -> bool:
    """Return whether a foreign rule id names one of our rules exactly; Gitleaks' generic rule names all of ours."""
    return name.lower() in names_of(rule) or (name.lower() == GENERIC_RULE and rule.generic)


def known_names(rules: Iterable[CompiledRule]) -> frozenset[str]:
    """Return the lower-case names that other tools give to what some of these rules find."""
    return frozenset(name.lower() for rule in rules if not rule.foreign for name in rule.matcher.same_as)


def is_meant(name: str, rule: CompiledRule) -> bool:
    """Return whether an allowlist for the foreign rule `name`, which our pages know, speaks of one of our rules.

    Gitleaks' generic rule finds what our generic ones find, and what we have a provider's rule for and Gitleaks has
    not.
    """
    if is_named(name, rule):
        return True
    return name.lower() == GENERIC_RULE and not any(_GITLEAKS.fullmatch(own) for own in rule.matcher.same_as)


def read_bytes(path: Path, root: Path, limit: int = MAX_BYTES) -> bytes | None:
    """Return a file of at most `limit` bytes below `root`, or None where there is none. Raises: UsageError."""
    if not path.is_file():
        return None
    if not path.resolve().is_relative_to(root.resolve()):
        raise UsageError(f"{path} leads out of {root}", "Keep the file in the project")
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise UsageError(f"Cannot read {path}: {error.strerror}", "Make it readable, or remove it") from error
    if len(data) > limit:
        raise UsageError(f"{path} is larger than {limit >> 20} MB", "Is it the right file?")
    return data


def _provider(name: str) -> str:
    return name.replace(".", "-").replace("_", "-").partition("-")[0]
