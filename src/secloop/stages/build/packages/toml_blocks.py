"""The blocks of lock files that machines write, read as JSON, which is faster than TOML; all others are left.

Outside of strings, `key = ` becomes `"key":`, a key at the start of a line begins a pair of the block, and a comma at
the end of a list goes. All else is the same in both languages, or no JSON: then the caller reads it as TOML.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from secloop.model.regex import lazy

_TOP = lazy(r"\n([A-Za-z0-9_-]++) = ")
_INNER = lazy(r"([A-Za-z0-9_-]++) = ")
_UNLIKE = ("\\", "\x7f")
"""What JSON's strings and TOML's read differently, or only one allows."""

_PAIR = ',"'
"""How a pair of the block begins, once its line does; inside a table a blank stands between."""

_SHORT = 200


def pairs(text: str) -> dict[str, Any] | None:
    """Return the pairs of a block, given without its `[[header]]`; None where it must be read as TOML.

    A key that stands twice in an inline table has its last value, which TOML refuses.
    """
    if any(mark in text for mark in _UNLIKE):
        return None
    parts = text.split('"')
    if len(parts) % 2 == 0:
        return None
    parts[::2] = [_known(part) if len(part) < _SHORT else _outside(part) for part in parts[::2]]
    whole = '"'.join(parts)
    if not whole.startswith(","):
        return None
    try:
        found = msgspec.json.decode("{" + whole[1:] + "}")
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None
    keys = sum(part.count(_PAIR) for part in parts[::2])
    return found if len(found) == keys else None  # a key stands twice, or two stand on one line


def _outside(part: str) -> str:
    """Return what stands between two strings, in JSON."""
    return _INNER.sub(r'"\1":', _TOP.sub(r',"\1":', part.replace(",\n]", "\n]")))


_known = lru_cache(maxsize=1 << 10)(_outside)
