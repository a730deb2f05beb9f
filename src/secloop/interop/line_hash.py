"""GitHub's `primaryLocationLineHash`: a rolling hash over the text that starts at a line.

Source: "Providing data to track code scanning alerts" (GitHub docs) and github/codeql-action, src/fingerprints.ts.
"""

from __future__ import annotations

import sys
from array import array
from collections import Counter
from operator import mul
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

_BLOCK = 100
_END_OF_FILE = 0xFFFF
_LINE_FEED = 0x0A
_MASK = (1 << 64) - 1
_POWERS = [pow(37, _BLOCK - 1 - n, 1 << 64) for n in range(_BLOCK)]


def line_hashes(data: bytes, wanted: Collection[int]) -> dict[int, str]:
    """Return `<hex>:<n>` for each wanted line (from 1) that the file has.

    The hash is sum(unit[i] * 37 ** (99 - i)) modulo 2 ** 64 over the 100 UTF-16 units from the line's start on, without
    spaces and tabs, line ends as line feed, then an end-of-file mark and zeros; n counts equal hashes from the top.
    """
    last = max(wanted, default=0)
    units = _units(data)
    counts: Counter[int] = Counter()
    found: dict[int, str] = {}
    start = 0
    for line in range(1, last + 1):
        value = sum(map(mul, units[start : start + _BLOCK], _POWERS)) & _MASK
        counts[value] += 1
        if line in wanted:
            found[line] = f"{value:x}:{counts[value]}"
        try:
            start = units.index(_LINE_FEED, start) + 1
        except ValueError:
            break
    return found


def _units(data: bytes) -> array[int]:
    """Return the UTF-16 units that count, with the end-of-file mark."""
    text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").replace(" ", "").replace("\t", "")
    units: array[int] = array("H", text.encode("utf-16-le" if sys.byteorder == "little" else "utf-16-be"))
    units.append(_END_OF_FILE)
    return units
