"""RubyGems versions (Gem::Version): numbers and words; a word makes a pre-release, missing parts count as 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.build.versions.coding import MOST, descending, number

if TYPE_CHECKING:
    from collections.abc import Iterable

_SEGMENT = lazy(r"[0-9]++|[A-Za-z]++")
# Endless zeros are what a version ends with, so zeros before a word are below the end, and before a number above it.
_WORD, _END, _NUMBER = "\x01", "\x02", "\x03"


def key(version: str) -> str:
    """Return a sort key; total over all strings."""
    segments = _SEGMENT.findall(version.strip().replace("-", ".pre."))
    word = next((at for at, one in enumerate(segments) if one[0] > "9"), len(segments))
    return _key([*_without_zeros(segments[:word]), *segments[word:]])


def _without_zeros(segments: list[str]) -> list[str]:
    last = max((at for at, one in enumerate(segments) if one.strip("0")), default=-1)
    return segments[: last + 1]


def _key(segments: Iterable[str]) -> str:
    out: list[str] = []
    zeros = 0
    for one in segments:
        if not one.strip("0"):
            zeros += 1
        elif one[0] > "9":
            out.append(f"{_WORD}{chr(min(zeros, MOST))}{one}")
            zeros = 0
        else:
            out.append(_NUMBER + descending(zeros) + number(one))
            zeros = 0
    return "".join(out) + _END
