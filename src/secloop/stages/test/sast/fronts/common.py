"""Rules that several languages share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.test.sast.tree import Node

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secloop.stages.test.sast.build import Part, Rule


LONGEST_NUMBER = 300
"""Digits; Python takes quadratic time for more."""


def name(part: Part) -> Node:
    """Lower an identifier."""
    return Node("name", part.start, part.end, None, part.text)


def number(part: Part) -> Node:
    """Lower a number."""
    return Node("num", part.start, part.end, None, _plain_number(part.text.replace("_", "")))


def _plain_number(text: str) -> str:
    """Return one form for numbers that are written differently: 0x1, 1.0 and 1 are the same."""
    try:
        return str(int(text, 0)) if len(text) <= LONGEST_NUMBER else text
    except ValueError:
        pass
    try:
        value = float(text)
    except ValueError:
        return text
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else text


def text(part: Part) -> Node:
    """Lower a piece of a string's content."""
    return Node("text", part.start, part.end, None, part.text)


def escapes(table: Mapping[str, str]) -> Rule:
    """Return the rule for an escape sequence, by what follows the backslash; what the table lacks stands for itself."""

    def rule(part: Part) -> Node:
        code = part.text[1:]
        return Node("text", part.start, part.end, None, table.get(code, code))

    return rule


def string(part: Part) -> Node:
    """Lower a string whose parts are pieces of its content."""
    return Node("str", part.start, part.end, None, "".join(kid.value or "" for kid in part.kids))


def true(part: Part) -> Node:
    """Lower the true literal."""
    return Node("const", part.start, part.end, None, "true")


def false(part: Part) -> Node:
    """Lower the false literal."""
    return Node("const", part.start, part.end, None, "false")


def null(part: Part) -> Node:
    """Lower the null literal."""
    return Node("const", part.start, part.end, None, "null")


def only(part: Part) -> Node:
    """Lower what only wraps one part (parentheses) to that part."""
    return part.kids[0] if len(part.kids) == 1 else part.node("tuple", part.kids)


def splice(part: Part) -> list[Node]:
    """Lower what only groups to its parts."""
    return part.kids


def block(part: Part) -> Node:
    """Lower a sequence of statements."""
    return part.node("block", part.kids)


def members(part: Part) -> Node:
    """Lower the body of a class."""
    return part.node("members", part.kids)


def expression(part: Part) -> Node | list[Node]:
    """Lower an expression statement; one that holds a statement already is that statement."""
    if len(part.kids) == 1 and part.kids[0].kind in {"expr", "func", "class"}:
        return part.kids
    return part.node("expr", part.kids)


def attribute(obj: str, field: str) -> object:
    """Return the rule for `object.name`, whose parts have these field names."""

    def rule(part: Part) -> Node:
        left, right = part.get(obj), part.get(field)
        if left is None or right is None:
            return part.node("error", part.kids)
        return part.node("attr", [left, right])

    return rule


def binary(part: Part) -> Node:
    """Lower a binary operation; the operator is the token between the parts."""
    return part.node("binary", part.kids, " ".join(part.tokens))


def unary(part: Part) -> Node:
    """Lower an operation on one operand."""
    return part.node("unary", part.kids, " ".join(t for t in part.tokens if t not in "()"))


def args(part: Part) -> Node:
    """Lower an argument list."""
    return part.node("args", part.kids)


def returned(part: Part) -> Node:
    """Lower `return`."""
    return part.node("return", part.kids)


def wrapped(kind: str, part: Part, kids: list[Node]) -> Node:
    """Return an optional part of that kind."""
    return Node(kind, part.start, part.end, kids)


def statement(node: Node) -> Node:
    """Return an expression as the statement that it is."""
    return Node("expr", node.start, node.end, [node])


def body(node: Node | None, part: Part) -> Node:
    """Return a body as a block, also where the language allows one bare statement."""
    if node is None:
        return part.none()
    return node if node.kind in {"block", "none"} else Node("block", node.start, node.end, [node])
