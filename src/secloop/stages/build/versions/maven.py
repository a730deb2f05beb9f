"""Maven versions (https://maven.apache.org/pom.html#version-order-specification), as a total order.

1. A version is cut at dots, hyphens and between digits and other characters; the latter two count as a hyphen.
2. Null values (0, `final`, `ga`, `release`) are dropped at the end, before each hyphen and before each word.
3. What may follow equal tokens, in order: alpha, beta, milestone, rc, snapshot, nothing, sp, other words by alphabet,
   a number after a hyphen, a number after a dot. Zeros after dots stand for nothing until another number follows.
"""

from __future__ import annotations

from secloop.model.regex import lazy
from secloop.stages.build.versions.coding import descending, number

_TOKEN = lazy(r"([.\-]?)(?:([0-9]++)|([^0-9.\-]++))?+")
_WORDS = {
    "alpha": "\x01", "beta": "\x02", "milestone": "\x03", "rc": "\x04", "cr": "\x04", "snapshot": "\x05", "sp": "\x08",
}  # fmt: skip
_SHORT = {"a": "alpha", "b": "beta", "m": "milestone"}
_NULLS = frozenset({"", "final", "ga", "release"})
_END, _NULL, _WORD, _HYPHEN_NUMBER, _DOT_NUMBER = "\x06", "\x07", "\x09", "\x0a", "\x0b"

_Token = tuple[bool, str, str]
"""Whether it counts as hyphenated, its digits without leading zeros, its word. Neither means a null value."""


def key(version: str) -> str:
    """Return a sort key; total over all strings."""
    out: list[str] = []
    zeros = 0
    for hyphen, digits, word in _trimmed(_tokens(version.strip().lower())):
        if not hyphen and not digits and not word:
            zeros += 1
            continue
        if word:
            out.append(_WORDS.get(word) or _WORD + word)
        elif hyphen:
            out.append(_HYPHEN_NUMBER + number(digits) if digits else _NULL)
        else:
            out.append(_DOT_NUMBER + descending(zeros) + number(digits))
        zeros = 0
    return "".join(out) + _END


def _tokens(text: str) -> list[_Token]:
    out: list[_Token] = []
    found = [one for one in _TOKEN.finditer(text) if one[0]]
    for at, one in enumerate(found):
        mark, digits, word = one[1], one[2] or "", one[3] or ""
        if word and at + 1 < len(found) and not found[at + 1][1]:
            word = _SHORT.get(word, word)
        hyphen = mark == "-" or (not mark and at > 0)
        out.append((hyphen, digits.lstrip("0"), "" if word in _NULLS else word))
    return out


def _trimmed(tokens: list[_Token]) -> list[_Token]:
    """Return the tokens without null values at the end, and before what a hyphen or a word starts."""
    kept: list[_Token] = []
    cut = True
    for hyphen, digits, word in reversed(tokens):
        if cut and not digits and not word:
            continue
        kept.append((hyphen, digits, word))
        cut = hyphen or bool(word)
    return kept[::-1]
