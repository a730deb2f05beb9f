"""`requires`: a Boolean expression over labels."""

from __future__ import annotations

import ast
from functools import lru_cache


@lru_cache(maxsize=512)
def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError:
        return None


def satisfied(requires: str | None, labels: set[str]) -> bool:
    """Say whether a set of labels is what an expression over labels asks for; None asks for any."""
    if requires is None:
        return True
    tree = _parsed(str(requires))
    return tree is not None and _value(tree, labels)


def _value(node: ast.expr, labels: set[str]) -> bool:
    match node:
        case ast.Name():
            return node.id in labels
        case ast.Constant():
            return bool(node.value)
        case ast.UnaryOp(op=ast.Not()):
            return not _value(node.operand, labels)
        case ast.BoolOp(op=ast.And()):
            return all(_value(value, labels) for value in node.values)
        case ast.BoolOp():
            return any(_value(value, labels) for value in node.values)
        case _:
            return False
