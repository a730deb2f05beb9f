"""Text that is not parsed: rules with regexes alone, and generic patterns over the words of a text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secloop.stages.test.sast.fronts.base import Front, Reading
from secloop.stages.test.sast.tree import Node

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Plain(Front):
    def lower_file(self, data: bytes) -> tuple[Node, float]:
        return Node("block", 0, len(data)), 1.0

    def lower(self, data: bytes) -> tuple[Node, bool]:
        return Node("block", 0, len(data)), False


def _readings(_text: str) -> Iterator[Reading]:
    yield from ()


_PIECE = re.compile(
    r"(?P<dots>\.\.\.)|\$(?P<name>[A-Z_][A-Z_0-9]*)|(?P<word>\w+)|(?P<space>\s+)|(?P<other>.)", re.DOTALL
)
MOST_BETWEEN = 1_000
"""Characters that `...` may stand for in a generic pattern."""


def generic_regex(text: str) -> str:
    """Return the regex for a generic pattern: words in order, space is free, `...` is any text, `$X` one word."""
    out: list[str] = []
    for found in _PIECE.finditer(text.strip()):
        if found["dots"]:
            out.append(rf"[\s\S]{{0,{MOST_BETWEEN}}}?")
        elif found["name"]:
            out.append(r"\w+")
        elif found["space"]:
            out.append(r"\s*")
        elif found["word"]:
            out.append(rf"\b{found['word']}\b")
        else:
            out.append(rf"\s*{re.escape(found['other'])}\s*")
    return "".join(out)


REGEX = _Plain("regex", "", {}, _readings)
HTML = _Plain("html", "", {}, _readings)
GENERIC = _Plain("generic", "", {}, _readings)
