"""Which expressions Hyperscan looks for in which files, so that a byte costs little.

A database over all rules is as slow as its worst expressions: those with no literal in them, which are matched byte by
byte, and those of the generic rules, whose literals (`key`, `pass`) are everywhere. Four things keep them away:

1. A generic rule, and one for certain file types, is looked for only in files it fits; see `Part`.
2. A rule that requires another is not looked for at all: where the other is a candidate, it is one too.
3. A rule whose regex holds no literal, and one that Hyperscan refuses, is looked for by its keywords.
4. Wide counted repeats lose their upper bound.

Each makes more candidates than the regexes alone would, never fewer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from secloop.model.regex import lazy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from secloop.stages.code.secrets.compiled import CompiledRule
    from secloop.stages.code.secrets.context import FileContext

_OWN_PART = ("code", "json")
"""File types that most bytes of a tree belong to. The other types share one part, since each costs start-up."""

_WIDE = 20
_TELLING = 5
"""Letters of a keyword that is not in every other file by chance."""

_TOKENS = lazy(rb"\\.|\[\^?\]?(?:\\.|\[:\w++:\]|[^\]\\])*+\]?|\{(\d++),(\d++)\}", re.DOTALL)
"""An escape, a character class or a counted repeat: what is not a repeat is left alone."""

_BOUND = lazy(rb",\d\d++\}")
"""The end of what may be a wide repeat; most regexes have none."""

_ANCHOR = lazy(rb"\\[AzZ]|\(\?[a-zA-Z]*+-[a-zA-Z]*m")
_NO_LITERAL = lazy(rb"\\.|\[\^?\]?(?:\\.|\[:\w++:\]|[^\]\\])*+\]?|\{[^}]*+\}|\(\?(?:P?<\w++>|[imsU-]*+:?)", re.DOTALL)
_LITERAL = lazy(rb"[A-Za-z0-9_]{3}")


class Part(NamedTuple):
    """Files that are treated alike: of one of the types above or of any other (''), with generic rules or without."""

    type: str
    noisy: bool

    @classmethod
    def of(cls, context: FileContext) -> Part:
        """Return the part a file belongs to."""
        return cls(context.type if context.type in _OWN_PART else "", context.noisy)

    def takes(self, rule: CompiledRule) -> bool:
        """Return whether a rule that is not for every file may fit files of this part."""
        if rule.generic and self.noisy:
            return False
        types = rule.matcher.languages
        return not types or (self.type in types if self.type else not set(types) <= set(_OWN_PART))


PARTS = tuple(Part(type_, noisy) for type_ in (*_OWN_PART, "") for noisy in (False, True))
"""All there are."""


def everywhere(rules: Sequence[CompiledRule]) -> list[int]:
    """Return the rules that are looked for in every file."""
    return [i for i in _searched(rules) if not _limited(rules[i])]


def somewhere(rules: Sequence[CompiledRule], part: Part) -> list[int]:
    """Return the rules that are looked for in the files of a part, beside those for every file."""
    return [i for i in _searched(rules) if _limited(rules[i]) and part.takes(rules[i])]


def followers(rules: Sequence[CompiledRule]) -> list[tuple[int, tuple[int, ...]]]:
    """Return the rules that are not looked for, each with those that make it a candidate when all of them are."""
    places = {(rule.page.id, rule.matcher.id): i for i, rule in enumerate(rules)}
    found = []
    for i, rule in enumerate(rules):
        if not rule.spec.required:
            continue
        needed = [places.get((rule.page.id, one.id), -1) for one in rule.spec.required]
        if all(n >= 0 and not rules[n].spec.required for n in needed):
            found.append((i, tuple(needed)))
    return found


def expression(rule: CompiledRule) -> bytes:
    """Return an expression that matches wherever the rule can hit, and is quick to look for."""
    telling = rule.keywords and min(map(len, rule.keywords)) >= _TELLING
    return keyword_expression(rule) if telling and not _has_literal(rule.regex_bytes) else loosened(rule.regex_bytes)


def keyword_expression(rule: CompiledRule) -> bytes:
    """Return an expression that matches where one of a rule's keywords is, or anywhere when it has none."""
    words = b"|".join(b"".join(b"\\x%02x" % byte for byte in word) for word in rule.keywords)
    return b"(?i)" + words if words else b"(?s)."


def is_anchored(regex: bytes) -> bool:
    """Return whether a regex holds at the ends of a text only, where line ends do not count."""
    return _ANCHOR.search(regex) is not None


def loosened(regex: bytes) -> bytes:
    """Return a regex that matches wherever `regex` does and compiles in half the time.

    Wide counted repeats (`{4,200}`) lose their upper bound, which is what makes Hyperscan's automata large.
    """
    if rb"\Q" in regex or not _BOUND.search(regex):
        return regex
    return _TOKENS.sub(lambda m: b"{%s,}" % m[1] if m[2] and int(m[2]) >= _WIDE else m[0], regex)


def _searched(rules: Sequence[CompiledRule]) -> Iterator[int]:
    following = {i for i, _ in followers(rules)}
    return (i for i in range(len(rules)) if i not in following)


def _limited(rule: CompiledRule) -> bool:
    return rule.generic or bool(rule.matcher.languages)


def _has_literal(regex: bytes) -> bool:
    """Return whether some letters stand in a row in the regex, outside classes, escapes and repeats."""
    return _LITERAL.search(_NO_LITERAL.sub(b" ", regex)) is not None
