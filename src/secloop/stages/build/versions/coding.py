"""Parts of sort keys that are text: compared as strings, at C speed, and built in linear time.

A number becomes its count of digits, as one character, and the digits: no conversion, so no length is too long.
"""

from __future__ import annotations

MOST = 0x10FFFF
"""The highest code point: the largest count that one character tells."""


def number(digits: str) -> str:
    """Return a text that orders among its like as the numbers do. `digits` are ASCII digits, or empty for 0."""
    told = digits.lstrip("0")
    return chr(min(len(told), MOST)) + told


def descending(count: int) -> str:
    """Return one character that is the lower, the higher `count` is."""
    return chr(MOST - min(count, MOST))
