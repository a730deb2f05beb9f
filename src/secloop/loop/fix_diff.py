"""Changes as a unified diff that `git apply` and `patch` take, without a secret in it.

A line of context that holds a secret ends the context there; a changed line that holds one is starred, and its hunk no
longer applies.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from secloop.scan.masking import mask

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from secloop.loop.fix_apply import Change

_CONTEXT = 3
_NO_END = "\\ No newline at end of file"
_LINE = re.compile(r"[^\n]*+\n|[^\n]++\Z")
_USER = re.compile(r"://[^\s/@\"']*+@")
_ODD = re.compile(r'[\x00-\x1f"\\\x7f-\uffff]')

_Span = tuple[int, int, int, int]
"""Lines [i1, i2) of the old file and [j1, j2) of the new one, from 0."""


def diff(changes: Iterable[Change], hidden: Collection[str] = frozenset()) -> str:
    """Return the diff of all changes, empty where there is none. `hidden` are lines with a secret, less their ends."""
    return "".join(line for change in changes for line in _FileDiff(change, hidden).lines())


class _FileDiff:
    """The diff of one file."""

    def __init__(self, change: Change, hidden: Collection[str]) -> None:
        self.file = change.file
        self.hidden = hidden
        self.old, self.new = _LINE.findall(change.before), _LINE.findall(change.after)

    def lines(self) -> Iterator[str]:
        """Yield the lines with their ends."""
        if spans := _spans(self.old, self.new):
            yield f"--- {_quoted('a/' + self.file)}\n"
            yield f"+++ {_quoted('b/' + self.file)}\n"
            for hunk in self._hunks(spans):
                yield from self._written(hunk)

    def _hunks(self, spans: Sequence[_Span]) -> Iterator[list[_Span]]:
        """Yield changed places by hunk: those whose context would touch or overlap stand in one."""
        hunk: list[_Span] = []
        for span in spans:
            between = self.old[hunk[-1][1] : span[0]] if hunk else []
            if hunk and (len(between) > 2 * _CONTEXT or any(map(self._is_secret, between))):
                yield hunk
                hunk = []
            hunk.append(span)
        if hunk:
            yield hunk

    def _written(self, hunk: Sequence[_Span]) -> Iterator[str]:
        before = self._context(self.old[max(0, hunk[0][0] - _CONTEXT) : hunk[0][0]][::-1])
        after = self._context(self.old[hunk[-1][1] : hunk[-1][1] + _CONTEXT])
        i1, i2 = hunk[0][0] - before, hunk[-1][1] + after
        j1, j2 = hunk[0][2] - before, hunk[-1][3] + after
        yield f"@@ -{_range(i1, i2)} +{_range(j1, j2)} @@\n"
        at = i1
        for a, b, c, d in hunk:
            yield from (self._line(" ", line) for line in self.old[at:a])
            yield from (self._line("-", line) for line in self.old[a:b])
            yield from (self._line("+", line) for line in self.new[c:d])
            at = b
        yield from (self._line(" ", line) for line in self.old[at:i2])

    def _context(self, lines: Sequence[str]) -> int:
        """Return how many lines, from the changed one outwards, may be shown."""
        return next((n for n, line in enumerate(lines) if self._is_secret(line)), len(lines))

    def _is_secret(self, line: str) -> bool:
        return _USER.search(line) is not None or line.rstrip("\r\n") in self.hidden

    def _line(self, sign: str, line: str) -> str:
        shown = mask(line) if self._is_secret(line) else line
        return f"{sign}{shown}" if shown.endswith("\n") else f"{sign}{shown}\n{_NO_END}\n"


def _spans(old: Sequence[str], new: Sequence[str]) -> list[_Span]:
    """Return the changed places. As many lines as before are compared one by one: difflib is slow on large files."""
    if len(old) == len(new):
        return _merged([at for at, pair in enumerate(zip(old, new, strict=True)) if pair[0] != pair[1]])
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    middle = difflib.SequenceMatcher(None, old[head : len(old) - tail], new[head : len(new) - tail], autojunk=False)
    codes = middle.get_opcodes()
    return [(i1 + head, i2 + head, j1 + head, j2 + head) for tag, i1, i2, j1, j2 in codes if tag != "equal"]


def _merged(numbers: Sequence[int]) -> list[_Span]:
    """Return runs of changed lines as one place each."""
    out: list[_Span] = []
    for at in numbers:
        if out and out[-1][1] == at:
            out[-1] = (out[-1][0], at + 1, out[-1][2], at + 1)
        else:
            out.append((at, at + 1, at, at + 1))
    return out


def _range(start: int, end: int) -> str:
    length = end - start
    return f"{start + 1 if length else start},{length}"


def _quoted(path: str) -> str:
    """Return a path as git writes it: quoted, with octal escapes of its UTF-8 bytes, where it is not plain."""
    if not _ODD.search(path):
        return path
    data = path.encode("utf-8", "surrogateescape")
    body = "".join(f"\\{byte:03o}" if _ODD.match(chr(byte)) else chr(byte) for byte in data)
    return f'"{body}"'
