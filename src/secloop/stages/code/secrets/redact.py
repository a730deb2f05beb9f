"""Redaction: what may be shown of a secret. Nothing else of the stage puts text of a file into a finding.

A value of 20 or more characters shows its public prefix and its last four characters, a shorter one only stars.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.scan.masking import STARS as _STARS
from secloop.scan.masking import mask_random

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SHOWN = 4
_LONG_ENOUGH = 20
_EXCERPT = 120
_REPEATED = 5  # a shorter value may be part of an ordinary word
_MARKS, _MARK_COUNT = 0xE000, 6400  # the Basic Multilingual Plane's private-use area


def redact(value: str, prefixes: Sequence[str] = ()) -> str:
    """Return `value` with its secret part replaced; `prefixes` are lower-case public prefixes, longest first."""
    if value.startswith("-----BEGIN"):
        return f"{value[: value.find('-----', 10) + 5]}{_STARS}"
    prefix = next((value[: len(p)] for p in prefixes if value.lower().startswith(p)), "")
    secret = value[len(prefix) :]
    return f"{prefix}{_STARS}{secret[-_SHOWN:] if len(secret) >= _LONG_ENOUGH else ''}"


def excerpt(line: str, secrets: Iterable[tuple[int, int, str, str]]) -> str:
    """Return one line, shortened, with its secrets replaced and every other random-looking run masked.

    `secrets` are `(start, end, value, redacted)` in characters of the line, in order and disjoint. Other places where a
    value stands on the line are replaced too. The mask is for secrets that no rule knows.
    """
    parts: list[str] = []
    shown: dict[str, str] = {}
    values: list[tuple[str, str]] = []
    at = 0
    for i, (start, end, value, redacted) in enumerate(secrets):
        mark = chr(_MARKS + i % _MARK_COUNT)  # private-use characters keep the replaced parts out of the mask
        shown[mark] = redacted
        values.append((value, mark))
        parts += (line[at:start], mark)
        at = end
    text = "".join((*parts, line[at:]))
    for value, mark in sorted(values, key=lambda pair: len(pair[0]), reverse=True):
        text = text.replace(value, mark) if len(value) >= _REPEATED else text
    text = mask_random(text)
    return "".join(shown.get(c, c) for c in _around(text.strip(), shown))


def _around(line: str, marks: Iterable[str]) -> str:
    wanted = set(marks)
    at = next((i for i, c in enumerate(line) if c in wanted), 0)
    start = max(0, at - _EXCERPT // 2)
    return line[start : start + _EXCERPT]
