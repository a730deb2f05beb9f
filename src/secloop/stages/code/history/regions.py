"""Which parts of a new version can hold what the old one did not, found by comparing bytes and not lines.

Only those parts are looked at, with what stands around them, so the past of a file costs what was written and not its
size times its versions. What lies outside is in the old version too, in one piece, where it was looked at before.

1. The common start and end fall away. 2. In what is left, a few bytes of the new version are looked up in the old one;
where they are found, the equal bytes around them part the rest in two. 3. The parts get margins of whole lines, and
an armoured key is not cut.
"""

from __future__ import annotations

MARGIN_LINES = 6
"""Lines around a change that are looked at with it: a value and its name, or two halves of a key pair.

Rules that need another hit nearby look five lines far.
"""

_STEPS = (8192, 1024, 128)
"""Bytes that are compared at once."""

_NEAR = 1024
"""Bytes in which the lines around a change mostly lie."""

_SMALL = 2048
"""Bytes of a part that are not worth parting further."""

_PROBE = 48
_BLOCK = 768
"""Bytes that two versions must have in common to be left out; less is about what margins cost."""

_DEPTH = 12
_ARMOUR = 1 << 14
_BEGIN, _END = b"-----BEGIN", b"-----END"

from_bytes = int.from_bytes

Part = tuple[int, int]


def changed(old: bytes, new: bytes) -> list[Part]:
    """Return the (start, end) of the parts of `new` to look at, in order and apart; whole lines, none for no change."""
    if old == new:
        return []
    parts: list[Part] = []
    _differ(old, new, (0, len(old), 0, len(new)), _DEPTH, parts)
    out: list[Part] = []
    for part in parts:
        start, end = _start(new, part[0]), _end(new, part[1])
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def _differ(old: bytes, new: bytes, within: tuple[int, int, int, int], depth: int, parts: list[Part]) -> None:
    """Add the parts of `new` that differ, given (start, end) in both that hold the same else."""
    old_start, old_end, new_start, new_end = within
    head = _common_start(old, new, within)
    old_start, new_start = old_start + head, new_start + head
    tail = _common_end(old, new, (old_start, old_end, new_start, new_end))
    old_end, new_end = old_end - tail, new_end - tail
    if new_end - new_start > _SMALL and old_end - old_start >= _BLOCK and depth:
        block = _common_block(old, new, (old_start, old_end, new_start, new_end))
        if block is not None:
            old_at, new_at, size = block
            _differ(old, new, (old_start, old_at, new_start, new_at), depth - 1, parts)
            _differ(old, new, (old_at + size, old_end, new_at + size, new_end), depth - 1, parts)
            return
    if new_start < new_end or old_start < old_end:
        parts.append((new_start, new_end))


def _common_block(old: bytes, new: bytes, within: tuple[int, int, int, int]) -> tuple[int, int, int] | None:
    """Return (start in old, start in new, size) of equal bytes around one of a few places, the middle first."""
    old_start, old_end, new_start, new_end = within
    for part in (2, 1, 3):
        at = new_start + (new_end - new_start) * part // 4
        found = old.find(new[at : at + _PROBE], old_start, old_end)
        if found == -1 or at + _PROBE > new_end:
            continue
        before = _common_end(old, new, (old_start, found, new_start, at))
        after = _common_start(old, new, (found, old_end, at, new_end))
        if before + after >= _BLOCK:
            return found - before, at - before, before + after
    return None


def _common_start(a: bytes, b: bytes, within: tuple[int, int, int, int]) -> int:
    """Return how many first bytes are equal: steps compare by memcmp, then the first bit that differs tells."""
    i, i_end, j, j_end = within
    most = min(i_end - i, j_end - j)
    at = 0
    for step in _STEPS:
        while at + step <= most and b.startswith(a[i + at : i + at + step], j + at):
            at += step
    size = min(_STEPS[-1], most - at)
    odd = from_bytes(a[i + at : i + at + size], "little") ^ from_bytes(b[j + at : j + at + size], "little")
    return at + (((odd & -odd).bit_length() - 1) >> 3 if odd else size)


def _common_end(a: bytes, b: bytes, within: tuple[int, int, int, int]) -> int:
    """Return how many last bytes are equal."""
    i_start, i, j_start, j = within
    most = min(i - i_start, j - j_start)
    at = 0
    for step in _STEPS:
        while at + step <= most and b.endswith(a[i - at - step : i - at], 0, j - at):
            at += step
    size = min(_STEPS[-1], most - at)
    odd = from_bytes(a[i - at - size : i - at], "big") ^ from_bytes(b[j - at - size : j - at], "big")
    return at + (((odd & -odd).bit_length() - 1) >> 3 if odd else size)


def _start(data: bytes, at: int) -> int:
    """Return the start of the line to begin with, for a change at `at`."""
    start = 0
    for size in (_NEAR, at):
        first = max(0, at - 1 - size)
        lines = data[first : max(at - 1, 0)].rsplit(b"\n", MARGIN_LINES + 1)
        if len(lines) == MARGIN_LINES + 2:
            start = first + len(lines[0]) + 1
            break
        if not first:
            break
    open_key = data.rfind(_BEGIN, max(start - _ARMOUR, 0), at)
    if -1 < open_key < start and data.find(_END, open_key, at) == -1:
        return data.rfind(b"\n", 0, open_key) + 1
    return start


def _end(data: bytes, at: int) -> int:
    """Return the end of the line to end with, for a change that ends at `at`."""
    end = len(data)
    for last in (at + _NEAR, end):
        lines = data[at:last].split(b"\n", MARGIN_LINES + 1)
        if len(lines) == MARGIN_LINES + 2:
            end = min(last, end) - len(lines[-1])
            break
    open_key = data.rfind(_BEGIN, max(at - _ARMOUR, 0), end)
    if open_key != -1 and data.find(_END, open_key, end) == -1:
        close = data.find(_END, end, end + _ARMOUR)
        return end if close == -1 else _line_end(data, close)
    return end


def _line_end(data: bytes, at: int) -> int:
    """Return the offset behind the line that holds `at`."""
    end = data.find(b"\n", at)
    return len(data) if end == -1 else end + 1
