"""Packagist versions, in the order of PHP's `version_compare`: dev < alpha < beta < RC < release < number < pl.

As Composer does before it compares, the leading numbers are filled up to four: `1.0` is `1.0.0.0`.
"""

from __future__ import annotations

from secloop.model.regex import lazy
from secloop.stages.build.versions.coding import number

_SEGMENT = lazy(r"([0-9]++)|([^0-9.\-_+]++)")
_WORDS = (("dev", "\x02"), ("a", "\x03"), ("b", "\x04"), ("RC", "\x05"), ("rc", "\x05"), ("p", "\x08"))
_NUMBERS = 4
_UNKNOWN, _END, _NUMBER = "\x01", "\x06", "\x07"


def key(version: str) -> str:
    """Return a sort key; total over all strings. An unknown word is before all others."""
    text = version.strip()
    text = text[1:] if text[:1] in {"v", "V"} else text
    segments = _SEGMENT.findall(text)
    numbers = next((at for at, (digits, _) in enumerate(segments) if not digits), len(segments))
    segments[numbers:numbers] = [("0", "")] * (_NUMBERS - numbers)
    out = [_NUMBER + number(digits) if digits else _word(word) for digits, word in segments]
    return "".join(out) + _END


def _word(word: str) -> str:
    if word == "#":
        return _END
    return next((place for start, place in _WORDS if word.startswith(start)), _UNKNOWN)
