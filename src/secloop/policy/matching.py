"""Which ignore comments and exceptions apply to which finding: other tools' syntaxes, rule names, selectors."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING

from secloop.model.base import Record
from secloop.model.enums import Kind
from secloop.model.ids import bare_purl

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pathspec import GitIgnoreSpec

    from secloop.model.finding import Suppression
    from secloop.model.policy import Exception_
    from secloop.model.report import FindingRow
    from secloop.rules.base import RuleSet

Names = frozenset[str]


class Syntax(Record, frozen=True):
    """Which kinds the comments of one tool may hide. `bare` says whether a comment without a rule counts."""

    kinds: frozenset[Kind]
    bare: bool = True


_WEAKNESS = frozenset({Kind.WEAKNESS})
_SECRET = frozenset({Kind.SECRET})
_MISCONFIGURATION = frozenset({Kind.MISCONFIGURATION})

SYNTAXES: Mapping[str, Syntax] = {
    "secloop": Syntax(frozenset(Kind)),
    "semgrep": Syntax(_WEAKNESS),
    "bandit": Syntax(_WEAKNESS),
    "ruff": Syntax(_WEAKNESS, bare=False),
    "sonar": Syntax(_WEAKNESS),
    "gitleaks": Syntax(_SECRET),
    "detect-secrets": Syntax(_SECRET),
    "kics": Syntax(_MISCONFIGURATION),
    "checkov": Syntax(_MISCONFIGURATION, bare=False),
    "tfsec": Syntax(_MISCONFIGURATION, bare=False),
    "hadolint": Syntax(_MISCONFIGURATION, bare=False),
    "trivy": Syntax(_MISCONFIGURATION | {Kind.VULNERABILITY}, bare=False),
}
"""Whose syntax an ignore comment is in, and what it may hide. A comment in an unknown syntax hides nothing.

A bare `noqa` is about style, so it hides nothing here; the other tools without `bare` have no such comment.
"""


class RuleNames:
    """All names a finding's rule goes by: its id, its page, the page's aliases, what other tools call the same.

    Names compare without regard to case. `rules` may be None where no pages are at hand: then ids only.
    """

    def __init__(self, rules: RuleSet | None = None) -> None:
        self._known: dict[str, set[str]] = {}
        for page, matcher in rules.matchers() if rules else ():
            names = {page.id, *page.aliases, *matcher.same_as}
            self._known[page.rule_id(matcher)] = {name.lower() for name in names}
        self._cache: dict[tuple[str, ...], Names] = {}

    def of(self, row: FindingRow) -> Names:
        """Return the lower-case names of a row: those of its rules, and its advisory ids."""
        rules = (row.rule, *(tool.rule for tool in row.tools))
        key = (*rules, "", *row.ids)
        if key not in self._cache:
            names = {name for rule in rules for name in self._rule(rule)}
            self._cache[key] = frozenset(names | {own.lower() for own in row.ids})
        return self._cache[key]

    def _rule(self, rule: str) -> set[str]:
        return {rule.lower(), rule.lower().partition(".")[0], _last(rule.lower())} | self._known.get(rule, set())


def hides(comment: Suppression, row: FindingRow, names: Names) -> bool:
    """Return whether an ignore comment covers a row: its lines, its syntax, its rules. Expiry is asked elsewhere."""
    syntax = SYNTAXES.get(comment.tool)
    if syntax is None or row.kind not in syntax.kinds or not _covers(comment, row):
        return False
    if not comment.rules:
        return syntax.bare
    return any(_names(rule.lower(), names) for rule in comment.rules)


def accepts(exception: Exception_, row: FindingRow, names: Names) -> bool:
    """Return whether all selectors of an exception hold for a row; one without selectors accepts nothing."""
    asked = [
        matches(wanted, row, names) for name, matches in _SELECTORS.items() if (wanted := getattr(exception, name))
    ]
    return bool(asked) and all(asked)


def in_glob(pattern: str, path: str) -> bool:
    """Return whether a path matches a pattern in the syntax of .gitignore."""
    return bool(path) and _spec(pattern).match_file(path)


def is_glob(pattern: str) -> bool:
    """Return whether a pattern can be matched: well-formed, and not one that takes back (`!`)."""
    try:
        return bool(_spec(pattern)) and not pattern.startswith("!")
    except (ValueError, re.error):  # pathspec lets `[z-a]` through to re
        return False


def _covers(comment: Suppression, row: FindingRow) -> bool:
    """Return whether a comment's lines meet a row's.

    A comment inside a resource block speaks for the block, as checkov and its kin read it. Elsewhere it must cover the
    first or the last line, so that a comment deep inside a long finding does not hide the whole.
    """
    if row.line is None:
        return False
    end = row.end_line or row.line
    if row.kind in {Kind.MISCONFIGURATION, Kind.EXPOSURE}:
        return comment.first <= end and row.line <= comment.last
    return any(comment.first <= line <= comment.last for line in (row.line, end))


def _names(rule: str, names: Names) -> bool:
    """Return whether a rule that a comment names is a row's; `*` is any, Sxxx is ruff's name of bandit's Bxxx."""
    if rule == "*" or rule in names:
        return True
    ported = rule[:1] in {"s", "b"} and rule[1:].isdigit()
    return ported and ("b" if rule[0] == "s" else "s") + rule[1:] in names


def _last(rule: str) -> str:
    """Return the last part of a dotted foreign rule id, by which Semgrep's own comments may name it."""
    return rule.rpartition(".")[2] if rule.count(".") > 1 else rule


def _purl(wanted: str, row: FindingRow, _names: Names) -> bool:
    """Return whether a purl matches: one without a version covers all versions; qualifiers count only if given."""
    if not row.purl:
        return False
    return wanted in {row.purl, row.purl.split("?", 1)[0], bare_purl(row.purl)}


_SELECTORS: Mapping[str, Callable[[str, FindingRow, Names], bool]] = {
    "fingerprint": lambda wanted, row, _: wanted in {row.id, row.occurrence},
    "rule": lambda wanted, _, names: wanted.lower() in names,
    "purl": _purl,
    "path": lambda wanted, row, _: in_glob(wanted, row.file or ""),
    "resource": lambda wanted, row, _: bool(row.resource) and fnmatchcase(row.resource or "", wanted),
}


@lru_cache(maxsize=1024)
def _spec(pattern: str) -> GitIgnoreSpec:
    """Return a compiled pattern; pathspec matches by RE2, which the core depends on, so in linear time."""
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines([pattern])
