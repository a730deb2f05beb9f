"""Redaction: what may be shown of a secret. Nothing else of the stage puts text of a file into a finding.

A value of 20 or more characters shows its public prefix and its last four characters, a shorter one only stars.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secloop.stages.code.secrets.strength import entropy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_STARS = "****"
_SHOWN = 4
_LONG_ENOUGH = 20
_EXCERPT = 120
_RANDOM = re.compile(r"[A-Za-z0-9+/=_.~-]{20,}")
_RANDOM_BITS = 3.6


def redact(value: str, prefixes: Sequence[str] = ()) -> str:
    """Return `value` with its secret part replaced; `prefixes` are lower-case public prefixes, longest first."""
    if value.startswith("-----BEGIN"):
        return f"{value[: value.find('-----', 10) + 5]}{_STARS}"
    prefix = next((value[: len(p)] for p in prefixes if value.lower().startswith(p)), "")
    secret = value[len(prefix) :]
    return f"{prefix}{_STARS}{secret[-_SHOWN:] if len(secret) >= _LONG_ENOUGH else ''}"


def excerpt(line: str, secrets: Iterable[tuple[str, str]]) -> str:
    """Return one line, shortened, with all `(value, redacted)` replaced and every other random-looking run masked.

    The second net is for secrets on the same line that no rule knows.
    """
    ordered = sorted(set(secrets), key=lambda pair: len(pair[0]), reverse=True)
    marks = [chr(0xE000 + i) for i in range(len(ordered))]  # private-use characters keep replaced parts out of the net
    for mark, (value, _) in zip(marks, ordered, strict=True):
        line = line.replace(value, mark)
    line = _RANDOM.sub(lambda m: _STARS if entropy(m[0]) > _RANDOM_BITS else m[0], line)
    line = _around(line.strip(), marks)
    for mark, (_, shown) in zip(marks, ordered, strict=True):
        line = line.replace(mark, shown)
    return line


def _around(line: str, marks: Sequence[str]) -> str:
    at = next((i for i, c in enumerate(line) if c in marks), 0)
    start = max(0, at - _EXCERPT // 2)
    return line[start : start + _EXCERPT]
