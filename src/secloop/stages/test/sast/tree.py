"""The tree that every language is lowered to, and what patterns are matched against.

A node has a kind, an optional value (an operator, a literal's text), its parts in a fixed order, and optional parts:
those a pattern may leave out (a type, a decorator, a modifier). The kinds that engines know by name are listed in
`KINDS`; whatever a language has beyond them keeps the name that its grammar gives it, its named parts in order and its
keywords as value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = {
    "name": "value = identifier",
    "attr": "object, name",
    "index": "object, subscripts...",
    "call": "callee, args",
    "args": "arguments: expressions, kwarg, spread",
    "kwarg": "name, value",
    "new": "type, args, members when anonymous",
    "str": "value = content; an interpolated one has parts",
    "num": "value = text",
    "const": "value = true, false or null",
    "binary": "value = operator; left, right",
    "unary": "value = operator; operand",
    "assign": "value = operator; target, source; optional: decl, type",
    "vardef": "target; optional: decl, type",
    "expr": "a statement that is one expression",
    "block": "statements",
    "members": "what a class or an interface declares",
    "func": "name or none, params, body or none; optional: decorator, mod, type",
    "param": "target, default when it has one; optional: type, decorator",
    "class": "name or none, members; optional: base, decorator, mod",
    "import": "module, imported name or none, local name or none",
    "if": "condition, then, else when there is one",
    "none": "a part that is not there",
}
"""Kinds with a fixed form, and that form."""


class Node:
    """One node; offsets are bytes into the file."""

    __slots__ = ("end", "kids", "kind", "opts", "start", "value")

    def __init__(
        self,
        kind: str,
        start: int,
        end: int,
        kids: list[Node] | None = None,
        value: str | None = None,
        opts: list[Node] | None = None,
    ) -> None:
        """Build a node from its parts."""
        self.kind = kind
        self.start = start
        self.end = end
        self.kids: list[Node] = kids if kids is not None else []
        self.value = value
        self.opts: list[Node] = opts if opts is not None else []

    def __repr__(self) -> str:
        """Return the form that tests compare: (kind value parts {optional parts})."""
        own = self.kind if self.value is None else f"{self.kind}:{self.value}"
        parts = "".join(f" {kid!r}" for kid in self.kids)
        opts = f" {{{' '.join(map(repr, self.opts))}}}" if self.opts else ""
        return f"({own}{parts}{opts})" if parts or opts else own

    def walk(self) -> Iterator[Node]:
        """Yield this node and everything below it, parents first, in the order of the text."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            if node.kids:
                stack.extend(reversed(node.kids))
            if node.opts:
                stack.extend(reversed(node.opts))


def equal(one: Node, other: Node) -> bool:
    """Say whether two trees read the same, wherever they stand."""
    pairs = [(one, other)]
    while pairs:
        left, right = pairs.pop()
        if left is right:
            continue
        if left.kind != right.kind or left.value != right.value or len(left.kids) != len(right.kids):
            return False
        pairs.extend(zip(left.kids, right.kids, strict=True))
    return True
