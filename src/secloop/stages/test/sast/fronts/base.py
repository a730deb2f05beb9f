"""What a front end gives: trees of files, and the ways in which a pattern can be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from secloop.stages.test.sast.build import lower
from secloop.syntax.parsing import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from secloop.stages.test.sast.build import Rules
    from secloop.stages.test.sast.tree import Node


def as_is(root: Node) -> Node | None:
    """Leave a pattern's tree as it was read."""
    return root


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to offer a pattern to the grammar."""

    source: str
    unwrap: Callable[[Node], Node | None] = as_is
    types: Mapping[str, Node] = field(default_factory=dict)


@dataclass(frozen=True)
class Front:
    """A language: its grammar, the rules that lower it, and how its patterns are offered to the grammar."""

    language: str
    grammar: str
    rules: Rules
    readings: Callable[[str], Iterator[Reading]]
    implicit: tuple[str, ...] = ()
    """Modules whose names need no import."""
    other: str = ""
    """A second grammar for patterns that the first does not read."""

    def lower(self, data: bytes) -> tuple[Node, bool]:
        """Return a file's tree, and whether the grammar found errors in it."""
        parsed = parse(data, self.grammar)
        return lower(parsed.tree, data, self.rules), parsed.root.has_error

    def lower_file(self, data: bytes) -> tuple[Node, float]:
        """Return a file's tree, and which share of its bytes was understood.

        Raises:
            TooLargeError: beyond the bounds of size or time.
        """
        parsed = parse(data, self.grammar)
        return lower(parsed.tree, data, self.rules), parsed.share

    def declared_type(self, source: str) -> Node | None:
        """Return the type that a declaration names; None where it names none."""
        root, _ = self.lower(source.encode())
        return next((opt for node in root.walk() for opt in node.opts if opt.kind == "type"), None)

    def lower_pattern(self, source: str) -> tuple[Node, bool]:
        """Return the tree of a pattern offered in some way, and whether the grammar found errors in it."""
        tree, bad = self.lower(source.encode())
        if bad and self.other:
            parsed = parse(source.encode(), self.other)
            if not parsed.root.has_error:
                return lower(parsed.tree, parsed.data, self.rules), False
        return tree, bad
