"""Versions that are lists of numbers, the longer the later (`1.0 < 1.0.0`): CRAN (`1.0-1`) and Hackage."""

from __future__ import annotations

from secloop.model.regex import lazy
from secloop.stages.build.versions.coding import number

_SEGMENT = lazy(r"([0-9]++)|([^0-9.\-]++)")
_END, _WORD, _NUMBER = "\x01", "\x02", "\x03"


def key(version: str) -> str:
    """Return a sort key; total over all strings. Words, which no release has, are before numbers."""
    out = [_NUMBER + number(digits) if digits else _WORD + word for digits, word in _SEGMENT.findall(version.strip())]
    return "".join(out) + _END
