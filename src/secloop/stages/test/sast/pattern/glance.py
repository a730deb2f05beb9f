"""What can be ruled out at a glance: whether a node is of a kind, and of a name, that a pattern may match at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from secloop.stages.test.sast.tree import Node

CANDIDATES: dict[str, frozenset[str]] = {
    "str": frozenset({"str", "bytes", "name", "attr", "binary", "ternary", "text"}),
    "num": frozenset({"num", "name", "attr", "binary", "unary"}),
    "const": frozenset({"const", "name", "attr"}),
    "name": frozenset({"name", "attr"}),
    "attr": frozenset({"name", "attr", "call"}),
    "import": frozenset({"import", "imports", "assign"}),
    "imports": frozenset({"imports", "assign", "import"}),
    "set": frozenset({"set", "dict"}),
    "list": frozenset({"list", "list_comprehension", "object"}),
    "index": frozenset({"index"}),
}
"""Kinds of nodes that a pattern of a kind may match; every other kind matches its own alone."""
OPEN = frozenset({"mvar", "mvars", "dots", "deep", "expr", "tuple", "bytes", "regex", "unary", "ternary"})
"""Kinds of patterns of which the kind of a node says little: marks, and what may be a constant of another form."""
COMPOUND = frozenset({"call", "attr", "index", "new", "binary", "list", "dict", "object"})
"""Kinds of patterns for which a name may stand, where a rule asks for that."""


def last_name(node: Node) -> str:
    """Return the last name of `a.b.c`; empty where it is a mark or no name."""
    if node.kind == "attr":
        node = node.kids[1]
    return node.value or "" if node.kind == "name" else ""


def could(want: Node, node: Node, aliases: frozenset[str], *, symbolic: bool) -> bool:
    """Say whether a pattern may match an expression; `aliases` are names that stand for something of another name."""
    kind = want.kind
    if kind in OPEN or (symbolic and node.kind == "name" and kind in COMPOUND):
        return True
    if kind == "call":
        if node.kind != "call":
            return False
        name = last_name(want.kids[0])
        have = last_name(node.kids[0]) if name else ""
        return not have or have == name or have in aliases
    kinds = CANDIDATES.get(kind)
    return node.kind == kind if kinds is None else node.kind in kinds
