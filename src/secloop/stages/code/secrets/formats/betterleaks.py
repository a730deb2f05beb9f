"""Betterleaks' `filter` and `prefilter`, as far as they say what Gitleaks' keys say: entropy and allowlists.

A filter drops a hit where it is true. Of terms joined by `||` each drops for itself, so the terms that are understood
are applied and the others left out: more is found then, never less. `validate` is not read at all. Source: the
configuration section of Betterleaks' README and config/translate_filters.go.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Literal

from secloop.model.regex import lazy
from secloop.stages.code.secrets.spec import Allowlist

_TOKEN = lazy(
    r"""//[^\n]*|(?P<raw>`[^`]*`)|(?P<text>"(?:[^"\\]|\\.)*")|(?P<number>\d+(?:\.\d+)?)|(?P<other>\|\||[\w.]+|\S)""",
    re.DOTALL,
)
_SUBJECT = r"(?P<subject>finding\[S\]|get\(attributes,S,S\)|\(?attributes\[S\](?:\?\?S\))?)"
_ENTROPY = lazy(r"(?:filter\.)?entropy\(finding\[S\]\)(?P<operator><=?)N")
_LIST = lazy(rf"(?:filter\.)?(?P<function>matchesAny|containsAny)\({_SUBJECT},\[S(?:,S)*,?\]\)")
_TARGETS: dict[str, Literal["secret", "match", "line"]] = {"secret": "secret", "match": "match", "line": "line"}


@dataclass(frozen=True, slots=True)
class Filter:
    """What a filter drops: secrets of at most `entropy` bits a character, and what the allowlists cover."""

    entropy: float = 0.0
    allowlists: tuple[Allowlist, ...] = ()


@dataclass(slots=True)
class _Term:
    """One operand of `||`: its shape, with S for every text and N for every number, and their values."""

    shape: str = ""
    texts: tuple[str, ...] = ()
    numbers: tuple[float, ...] = ()


def read_filter(text: str) -> Filter:
    """Return what is understood of an expression; nothing of one that is not a chain of `||`."""
    entropy, allowlists = 0.0, list[Allowlist]()
    for term in _terms(text):
        if match := _ENTROPY.fullmatch(term.shape):
            if term.texts == ("secret",):
                bound = term.numbers[0]
                entropy = max(entropy, bound if match["operator"] == "<=" else math.nextafter(bound, 0.0))
        elif match := _LIST.fullmatch(term.shape):
            made = _allowlist(match["function"], match["subject"], term.texts)
            allowlists += [made] if made else []
    return Filter(entropy, tuple(allowlists))


def _allowlist(function: str, subject: str, texts: tuple[str, ...]) -> Allowlist | None:
    name, values = texts[0], texts[subject.count("S") :]
    if not subject.startswith("finding"):
        return Allowlist(paths=values) if name == "path" and function == "matchesAny" else None
    if name not in _TARGETS:
        return None
    if function == "containsAny":
        values = tuple(map(re.escape, values))
    return Allowlist(regexes=values, regex_target=_TARGETS[name])


def _terms(text: str) -> list[_Term]:
    """Return the operands of the outermost `||`."""
    terms, depth = [_Term()], 0
    tokens = _tokens(text)
    while len(tokens) > 1 and tokens[0] == ("other", "(") and _closes(tokens) == len(tokens) - 1:
        tokens = tokens[1:-1]
    for kind, value in tokens:
        term = terms[-1]
        if kind == "text":
            term.shape, term.texts = term.shape + "S", (*term.texts, value)
        elif kind == "number":
            term.shape, term.numbers = term.shape + "N", (*term.numbers, float(value))
        elif value == "||" and depth == 0:
            terms.append(_Term())
        else:
            depth += (value in {"(", "[", "{"}) - (value in {")", "]", "}"})
            term.shape += value
    return terms


def _tokens(text: str) -> list[tuple[str, str]]:
    found = []
    for match in _TOKEN.finditer(text):
        kind, value = match.lastgroup, match[0]
        if kind == "raw":
            found.append(("text", value[1:-1]))
        elif kind == "text":
            found.append(("text", _unquoted(value)))
        elif kind:
            found.append((kind, value))
    return found


def _closes(tokens: list[tuple[str, str]]) -> int:
    """Return the index at which the parenthesis that comes first is closed; -1 where it is not."""
    depth = 0
    for i, (kind, value) in enumerate(tokens):
        if kind == "other":
            depth += (value == "(") - (value == ")")
            if depth == 0:
                return i
    return -1


def _unquoted(text: str) -> str:
    try:
        value: str = json.loads(text, strict=False)
    except ValueError:
        return text[1:-1]
    return value
