"""How a pattern that was offered within other code is taken out of it again; None where it is not there."""

from __future__ import annotations

from secloop.stages.test.sast.tree import Node


def class_member(root: Node) -> Node | None:
    """Return the one member of the class that a tree is."""
    members = root.kids[0].kids[1].kids if root.kids and root.kids[0].kind == "class" else []
    return members[0] if len(members) == 1 else None


def bodiless_member(root: Node) -> Node | None:
    """Return the one member of the class that a tree is, with any body."""
    return _without_body(class_member(root))


def bodiless(root: Node) -> Node | None:
    """Return the one function or class that a tree is, with any body."""
    return _without_body(root.kids[0]) if len(root.kids) == 1 else None


def _without_body(node: Node | None) -> Node | None:
    if node is None or node.kind not in {"func", "class"}:
        return None
    last = node.kids[-1]
    node.kids[-1] = Node("none" if node.kind == "func" else "dots", last.start, last.start)
    return node


def decorator_of(root: Node) -> Node | None:
    """Return the one decorator of the one declaration that a tree is."""
    decorators = [opt for opt in root.kids[0].opts if opt.kind == "decorator"] if len(root.kids) == 1 else []
    return decorators[0] if len(decorators) == 1 else None
