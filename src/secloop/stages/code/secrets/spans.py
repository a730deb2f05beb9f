r"""Matches of an RE2 regex, found with a smaller one.

RE2 writes a counted repeat out: `[\w.]{8,500}` is 500 copies, and every match costs time by their number. So we search
with a regex whose wide repeats have no upper bound (`(?:[\w.]{8,})`), each in a group of its own, and look at how much
each took. Where all kept their bounds, the match is the very one the regex itself has there: RE2 prefers matches in the
order in which a backtracking engine would find them, dropping bounds adds some to that order and moves none. Where one
did not, the regex itself is asked.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from secloop.model.regex import lazy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WIDE = 20
"""The upper bound from which a repeat is searched for without it."""

Span = tuple[int, int]

_TOKEN = lazy(
    rb"""(?P<quoted>\\Q)
    |(?P<escape>\\(?:[pPx]\{[^}]*+\}|x[0-9A-Fa-f]{2}|.))
    |(?P<class>\[\^?\]?(?:\\.|\[:\^?\w++:\]|[^\]\\])*+\])
    |(?P<flags>\(\?[imsU-]++\))
    |(?P<open>\((?:\?(?:P?<(?P<name>[^>]++)>|[imsU-]*+:))?)
    |(?P<close>\))
    |(?P<repeat>(?:[*+?]|\{(?P<least>\d++)(?:,(?P<most>\d*+))?\})\??)
    |(?P<other>.)""",
    re.DOTALL | re.VERBOSE,
)
_ONCE = (b"?", b"??", b"{1}", b"{0,1}", b"{0,1}?")


class Loose(NamedTuple):
    """A regex without wide upper bounds.

    `groups[n]` is the number of the regex's own group n (0: the whole match); `names` number its named groups in the
    regex itself; `bounds` are the groups around what was loosened, with the most that each may hold.
    """

    regex: bytes
    groups: tuple[int, ...]
    names: dict[bytes, int]
    bounds: tuple[tuple[int, int], ...]


class Searcher:
    """Finds the matches of one regex. `compile` makes RE2 patterns; the regex itself is compiled when it is needed."""

    def __init__(self, regex: bytes, compile_: Callable[[bytes], Any]) -> None:
        """Read the regex."""
        self._source = regex
        self._compile = compile_
        self._loose = loosen(regex)

    @property
    def groups(self) -> int:
        """The number of groups of the regex."""
        return len(self._loose.groups) - 1

    @property
    def names(self) -> dict[bytes, int]:
        """The numbers of its named groups."""
        return self._loose.names

    def spans(self, data: bytes) -> Iterator[tuple[Span, ...]]:
        """Yield for each match the (start, end) of the whole and of each group; (-1, -1) for one that has no part.

        Each once: the binding's `finditer` tells an empty match behind where it began twice.
        """
        numbers, bounds, at = self._loose.groups, self._loose.bounds, 0
        while at <= len(data):
            for match in self._pattern.finditer(data, at):
                if match.start() < at:
                    continue
                if any(end - start > most for (start, end), most in ((match.span(n), most) for n, most in bounds)):
                    break
                yield tuple(match.span(n) for n in numbers)
                at = _behind(match)
            else:
                return
            match = self._exact.search(data, at)
            if match is None:
                return
            yield tuple(match.span(n) for n in range(len(numbers)))
            at = _behind(match)

    @cached_property
    def _pattern(self) -> Any:
        return self._compile(self._loose.regex)

    @cached_property
    def _exact(self) -> Any:
        return self._compile(self._source)


def loosen(regex: bytes) -> Loose:
    """Return a regex without the upper bounds of its wide repeats; of what is not understood all are kept.

    A repeat within one that repeats keeps its bound, since a group tells of the last round only.
    """
    tokens = list(_TOKEN.finditer(regex))
    if any(token["quoted"] for token in tokens):
        tokens = []
    starts = _wide(tokens)
    out: list[bytes] = []
    groups, bounds = [0], []
    names: dict[bytes, int] = {}
    count = 0
    ends = {end: start for start, end in starts.items()}
    numbers: dict[int, int] = {}
    for n, token in enumerate(tokens):
        if n in starts:
            count += 1
            numbers[n] = count
            out.append(b"(")
        if token["open"] and (token["open"] == b"(" or token["name"]):
            count += 1
            groups.append(count)
            if token["name"]:
                names[token["name"]] = len(groups) - 1
        if n in ends:
            bounds.append((numbers[ends[n]], int(token["most"])))
            out += (b"{%s,}" % token["least"], b"?" * token["repeat"].endswith(b"?"), b")")
        else:
            out.append(token[0])
    return Loose(b"".join(out) or regex, tuple(groups), names, tuple(bounds))


def _wide(tokens: list[re.Match[bytes]]) -> dict[int, int]:
    """Return {first token of what is repeated: the repeat's token} of the wide repeats that repeat nothing wide."""
    found: dict[int, int] = {}
    opened: list[int] = []
    atom = -1
    within: dict[int, list[int]] = {}
    for n, token in enumerate(tokens):
        if token["open"]:
            opened.append(n)
            atom = -1
        elif token["close"]:
            atom = opened.pop() if opened else -1
        elif token["repeat"] is None:
            atom = -1 if token["flags"] or token[0] == b"|" else n
        elif atom >= 0:
            if token["repeat"] not in _ONCE:
                for inner in within.pop(atom, ()):
                    found.pop(inner, None)
            if token["most"] and int(token["most"]) >= WIDE:
                found[atom] = n
                for one in opened:
                    within.setdefault(one, []).append(atom)
            atom = -1
    return found


def _behind(match: Any) -> int:
    """Return where to go on: behind a match, one byte further behind an empty one."""
    start, end = match.span()
    behind: int = end + (start == end)
    return behind
