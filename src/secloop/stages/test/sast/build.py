"""From tree-sitter's tree to ours: bottom up, without recursion, each node type by the rule its language has for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.test.sast.tree import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tree_sitter import Tree

SILENT = frozenset("()[]{},;:.\n")
"""Tokens that say nothing once the tree is built."""


class Part:
    """A node of the grammar on its way to ours: its type, extent, lowered parts with their fields, and bare tokens."""

    __slots__ = ("data", "end", "fields", "kids", "start", "tokens", "type")

    def __init__(self, kind: str, start: int, end: int, data: bytes) -> None:
        """Begin a node."""
        self.type = kind
        self.start = start
        self.end = end
        self.data = data
        self.kids: list[Node] = []
        self.fields: list[str | None] = []
        self.tokens: list[str] = []

    @property
    def text(self) -> str:
        """The source text."""
        return self.data[self.start : self.end].decode("utf-8", "replace")

    def get(self, field: str) -> Node | None:
        """Return the first part with that field name."""
        for name, kid in zip(self.fields, self.kids, strict=True):
            if name == field:
                return kid
        return None

    def all(self, field: str) -> list[Node]:
        """Return all parts with that field name."""
        return [kid for name, kid in zip(self.fields, self.kids, strict=True) if name == field]

    def of(self, *kinds: str) -> list[Node]:
        """Return the parts of these kinds."""
        return [kid for kid in self.kids if kid.kind in kinds]

    def node(self, kind: str, kids: list[Node], value: str | None = None, opts: list[Node] | None = None) -> Node:
        """Return a node of ours with this one's extent."""
        return Node(kind, self.start, self.end, kids, value, opts)

    def none(self) -> Node:
        """Return the mark of a part that is not there."""
        return Node("none", self.end, self.end)


if TYPE_CHECKING:
    Lowered = Node | list[Node] | None
    Rule = Callable[[Part], Lowered]
    Rules = Mapping[str, Rule]


def generic(part: Part) -> Node:
    """Lower a type without a rule: its named parts in order, its keywords and operators as value."""
    value = " ".join(t for t in part.tokens if t not in SILENT) or None
    return Node(part.type, part.start, part.end, part.kids, value)


def lower(tree: Tree, data: bytes, rules: Rules) -> Node:
    """Return the root of our tree. A rule may answer with several nodes, which take the place of one, or with none."""
    cursor = tree.walk()
    root = Part("root", 0, len(data), data)
    stack: list[tuple[Part, str | None]] = [(root, None)]
    while True:
        grammar = cursor.node
        if grammar is None:
            break
        if not grammar.is_named:
            stack[-1][0].tokens.append(grammar.type)
        elif grammar.type == "comment" or (grammar.is_extra and grammar.type.endswith("comment")):
            pass
        else:
            part = Part(grammar.type, grammar.start_byte, grammar.end_byte, data)
            field = cursor.field_name
            if cursor.goto_first_child():
                stack.append((part, field))
                continue
            _add(stack[-1][0], field, _lowered(part, rules))
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return root.kids[0] if root.kids else Node("block", 0, 0)
            part, field = stack.pop()
            _add(stack[-1][0], field, _lowered(part, rules))
    return root.kids[0]


def _lowered(part: Part, rules: Rules) -> Lowered:
    rule = rules.get(part.type)
    if rule is not None:
        return rule(part)
    if not part.kids and not part.tokens:
        return Node(part.type, part.start, part.end, None, part.text)
    return generic(part)


def _add(parent: Part, field: str | None, lowered: Lowered) -> None:
    if lowered is None:
        return
    if isinstance(lowered, list):
        parent.kids.extend(lowered)
        parent.fields.extend([field] * len(lowered))
    else:
        parent.kids.append(lowered)
        parent.fields.append(field)
