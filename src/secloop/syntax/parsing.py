"""Bytes to a syntax tree, within bounds: whatever the bytes are, it costs bounded time and no depth of Python's stack.

tree-sitter parses anything: what it cannot make sense of becomes an error node, and the rest of the tree stands.
"""

from __future__ import annotations

from functools import cache, cached_property
from time import monotonic
from typing import TYPE_CHECKING, Any

from secloop.model.errors import SecloopError
from secloop.syntax.languages import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node, Query, Tree

MAX_BYTES = 4 << 20
"""A larger file is generated or data; a tree of it takes fifty times its size in memory."""

MAX_SECONDS = 5.0
MAX_DEPTH = 1_000
"""Nodes deeper than this are not visited: no program that people write nests so deeply."""

_MAX_CAPTURES = 200_000
_CHUNK = 1 << 16
_ERRORS = "(ERROR) @error"


class TooLargeError(SecloopError):
    """A bound of size or time was hit; the reason is one line."""


class Parsed:
    """A file's syntax tree. Rows of the tree count from 0, lines here from 1."""

    def __init__(self, data: bytes, language: str, tree: Tree) -> None:
        """Hold the tree of `data`."""
        self.data = data
        self.language = language
        self.tree = tree

    @property
    def root(self) -> Node:
        """The node of the whole file."""
        return self.tree.root_node

    @cached_property
    def share(self) -> float:
        """Which share of the bytes was understood, 0..1."""
        if not self.root.has_error or not self.data:
            return 1.0
        lost = end = 0
        for node in sorted(self.captures(_ERRORS).get("error", ()), key=lambda node: node.start_byte):
            lost += max(0, node.end_byte - max(node.start_byte, end))  # error nodes may lie in each other
            end = max(end, node.end_byte)
        return 1.0 - lost / len(self.data)

    def captures(self, query: str) -> dict[str, list[Node]]:
        """Return the nodes that a query of tree-sitter captures, by name and in order; none nested too deeply.

        Of a name at most 200,000 are returned. Raises: tree_sitter.QueryError for a query that is wrong.
        """
        import tree_sitter

        cursor = tree_sitter.QueryCursor(_query(self.language, query))
        cursor.set_max_start_depth(MAX_DEPTH)
        return {name: sorted(nodes[:_MAX_CAPTURES], key=_order) for name, nodes in cursor.captures(self.root).items()}

    def nodes(self) -> Iterator[Node]:
        """Yield every node, a parent before its children, in the order of the file; not those nested too deeply."""
        cursor = self.tree.walk()
        while True:
            if (node := cursor.node) is not None:
                yield node
            if cursor.depth < MAX_DEPTH and cursor.goto_first_child():
                continue
            while not cursor.goto_next_sibling():
                if not cursor.goto_parent():
                    return

    def text(self, node: Node) -> str:
        """Return what stands at a node; invalid UTF-8 becomes U+FFFD."""
        return self.data[node.start_byte : node.end_byte].decode("utf-8", "replace")


def parse(data: bytes, language: str, *, seconds: float = MAX_SECONDS) -> Parsed:
    """Return the tree of a file in a language of `languages.GRAMMARS`.

    Raises: TooLargeError beyond `MAX_BYTES` or `seconds`; KeyError for an unknown language; ImportError.
    """
    if len(data) > MAX_BYTES:
        raise TooLargeError(f"larger than {MAX_BYTES >> 20} MB")
    end = monotonic() + seconds

    def read(offset: int, _point: Any) -> bytes:
        return data[offset : offset + _CHUNK]

    def is_late(_offset: int, _error: bool) -> bool:
        return monotonic() > end

    parser = _parser(language)
    try:
        tree = parser.parse(read, progress_callback=is_late)
    except ValueError:  # how the binding says that the callback has ended it
        parser.reset()
        raise TooLargeError(f"took over {seconds:g} s to parse") from None
    return Parsed(data, language, tree)


def line_of(node: Node) -> int:
    """Return the line, from 1, on which a node starts."""
    return int(node.start_point[0]) + 1


def _order(node: Node) -> tuple[int, int]:
    return node.start_byte, -node.end_byte


@cache
def _parser(language: str) -> Any:
    import tree_sitter

    return tree_sitter.Parser(load(language))


@cache
def _query(language: str, text: str) -> Query:
    import tree_sitter

    return tree_sitter.Query(load(language), text)
