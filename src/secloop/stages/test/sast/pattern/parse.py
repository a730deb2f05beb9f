"""From a pattern's text to its tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from secloop.model.errors import SecloopError
from secloop.stages.test.sast.pattern.text import hoisted, marked
from secloop.stages.test.sast.tree import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.stages.test.sast.fronts.base import Front


class UnreadablePatternError(SecloopError):
    """The language's grammar does not read the pattern, in any of the ways it was offered."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern: one tree, or a sequence of statements."""

    text: str
    root: Node
    sequence: bool
    words: tuple[bytes, ...]
    """Words that a file must hold for the pattern to match there."""


def parse(text: str, front: Front) -> Pattern:
    """Read a pattern.

    Raises:
        UnreadablePatternError: no reading has the grammar's consent.
    """
    for reading in front.readings(text):
        root, bad = front.lower_pattern(reading.source)
        if bad:
            continue
        tree = hoisted(marked(root, reading.types))
        inner = reading.unwrap(tree)
        if inner is None:
            continue
        return _pattern(text, inner, {word for module in front.implicit for word in module.split(".")})
    raise UnreadablePatternError(text)


def _pattern(text: str, root: Node, implicit: set[str]) -> Pattern:
    stmts = root.kids if root.kind in {"block", "members"} else [root]
    if len(stmts) == 1:
        one = stmts[0]
        single = one.kids[0] if one.kind == "expr" and len(one.kids) == 1 else one
        return Pattern(text, single, sequence=False, words=_words(single, implicit))
    whole = Node("block", root.start, root.end, stmts)
    return Pattern(text, whole, sequence=True, words=_words(whole, implicit))


def _words(root: Node, implicit: set[str]) -> tuple[bytes, ...]:
    return tuple(sorted({word.encode() for word in required(root) if word not in implicit}))


def required(root: Node) -> Iterator[str]:
    """Yield identifiers that stand in every file that the pattern matches in."""
    stack = [root]
    while stack:
        node = stack.pop()
        if node.kind == "name" and node.value:
            yield from node.value.split(".")
        stack.extend(node.kids)
