"""Which part of a new version can hold what the old one did not: the bytes between their common start and end.

Only that part is looked at, with what stands around it, so the past of a file costs what was written and not its size
times its versions. What lies outside is in the old version too, where it was looked at before.
"""

from __future__ import annotations

MARGIN = 1024
"""Bytes around a change that are looked at with it: a value and its name, or two halves of a key pair."""

MARGIN_LINES = 6
"""Lines around a change at least; rules that need another hit nearby look five lines far."""

_STEP = 4096
_ARMOUR = 1 << 14
_BEGIN, _END = b"-----BEGIN", b"-----END"


def changed(old: bytes, new: bytes) -> tuple[int, int] | None:
    """Return (start, end) of the part of `new` to look at, whole lines where they are not huge; None for no change.

    The part holds all that differs, its margins, and any armoured key it touches.
    """
    if old == new:
        return None
    head = _common_start(old, new)
    tail = _common_end(old, new, min(len(old), len(new)) - head)
    return _start(new, head), _end(new, len(new) - tail)


def _common_start(a: bytes, b: bytes) -> int:
    """Return how many first bytes are equal. Steps compare by memcmp; the last one is halved."""
    shorter = min(len(a), len(b))
    at = 0
    while at < shorter and a[at : at + _STEP] == b[at : at + _STEP]:
        at += _STEP
    low, high = min(at, shorter), min(at + _STEP, shorter)
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_end(a: bytes, b: bytes, most: int) -> int:
    """Return how many last bytes are equal, at most `most`."""
    of_a, of_b = len(a), len(b)
    at = 0
    while at + _STEP <= most and a[of_a - at - _STEP : of_a - at] == b[of_b - at - _STEP : of_b - at]:
        at += _STEP
    low, high = at, min(at + _STEP, most)
    while low < high:
        middle = (low + high + 1) // 2
        if a[of_a - middle : of_a - low] == b[of_b - middle : of_b - low]:
            low = middle
        else:
            high = middle - 1
    return low


def _start(data: bytes, at: int) -> int:
    """Return the start of the line to begin with, for a change at `at`."""
    start = _line_start(data, max(at - MARGIN, 0))
    lines = data.count(b"\n", start, at)
    while lines < MARGIN_LINES and start:
        start = _line_start(data, start - 1)
        lines += 1
    open_key = data.rfind(_BEGIN, max(start - _ARMOUR, 0), at)
    if -1 < open_key < start and data.find(_END, open_key, at) == -1:
        return _line_start(data, open_key)
    return start


def _end(data: bytes, at: int) -> int:
    """Return the end of the line to end with, for a change that ends at `at`."""
    end = _line_end(data, min(at + MARGIN, len(data)))
    lines = data.count(b"\n", at, end)
    while lines < MARGIN_LINES and end < len(data):
        end = _line_end(data, end)
        lines += 1
    open_key = data.rfind(_BEGIN, max(at - _ARMOUR, 0), end)
    if open_key != -1 and data.find(_END, open_key, end) == -1:
        close = data.find(_END, end, end + _ARMOUR)
        return end if close == -1 else _line_end(data, close)
    return end


def _line_start(data: bytes, at: int) -> int:
    return data.rfind(b"\n", 0, at) + 1


def _line_end(data: bytes, at: int) -> int:
    """Return the offset behind the line that holds `at`."""
    end = data.find(b"\n", at)
    return len(data) if end == -1 else end + 1
