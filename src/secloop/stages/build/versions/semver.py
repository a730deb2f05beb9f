"""Semantic Versioning 2.0.0 section 11, read loosely: `v1`, `1.2`, leading zeros and extra parts have an order too."""

from __future__ import annotations

import re

from secloop.model.regex import lazy

_SHAPE = lazy(r"\s*[vV=]*(\d+(?:\.\d+)*)?(.*)", re.DOTALL)
_BEFORE_RELEASE, _RELEASE = 0, 1
_NUMBER, _WORD = 0, 1
_PARTS = 3

Identifier = tuple[int, int, str]
Key = tuple[tuple[int, ...], int, tuple[Identifier, ...]]


def key(version: str, parts: int = _PARTS) -> Key:
    """Return a sort key: release numbers, whether it is a release, pre-release identifiers.

    Missing numbers count as 0; what follows the last of `parts` without `-` is build metadata, without order.
    """
    found = _SHAPE.match(version)
    numbers, rest = (found[1] or "", found[2]) if found else ("", version)
    release = tuple(_number(part) for part in numbers.split(".")[:parts]) if numbers else ()
    release += (0,) * (parts - len(release))
    rest = rest.strip().partition("+")[0]
    dash = rest.find("-")
    if dash < 0 and (not rest or numbers):
        pre = "" if not rest or rest.startswith(".") else rest  # `1.0.0beta` is the loose spelling of `1.0.0-beta`
    else:
        pre = rest[dash + 1 :] if dash >= 0 else rest
    if not pre:
        return release, _RELEASE, ()
    return release, _BEFORE_RELEASE, identifiers(pre)


def identifiers(text: str) -> tuple[Identifier, ...]:
    """Return the dotted identifiers of a pre-release: numbers by value, before words."""
    return tuple(_identifier(part) for part in text.split("."))


def _identifier(part: str) -> Identifier:
    if part.isascii() and part.isdigit():
        return _NUMBER, _number(part), ""
    return _WORD, 0, part


def _number(digits: str) -> int:
    """Return `digits` as a number; past Python's limit for conversion (4300 digits) all are equally huge."""
    return int(digits) if len(digits) <= _DIGITS else _HUGE


_DIGITS = 4000
_HUGE = 10**_DIGITS
