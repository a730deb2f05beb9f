"""Perl versions (https://metacpan.org/pod/version): dotted `v1.2.3`, and decimal `1.002003`, which is the same."""

from __future__ import annotations

import re

from secloop.model.regex import lazy
from secloop.stages.build.versions.coding import number

_SHAPE = lazy(r"\s*+(v?)([0-9_]*+)((?:\.[0-9_]++)*+)(.*)", re.DOTALL | re.IGNORECASE)
_GROUP = 3
_END, _NUMBER = "\x01", "\x02"


def key(version: str) -> str:
    """Return a sort key; total over all strings. What follows the numbers orders by alphabet, after them."""
    found = _SHAPE.match(version)
    mark, whole, rest, other = (found[1], found[2], found[3], found[4]) if found else ("", "", "", version)
    parts = rest.replace("_", "").split(".")[1:]
    if not mark and len(parts) == 1:
        fraction = parts[0]
        parts = [fraction[at : at + _GROUP].ljust(_GROUP, "0") for at in range(0, len(fraction), _GROUP)]
    numbers = [whole.replace("_", ""), *parts]
    while numbers and not numbers[-1].strip("0"):
        numbers.pop()
    return "".join(_NUMBER + number(one) for one in numbers) + _END + other.strip()
