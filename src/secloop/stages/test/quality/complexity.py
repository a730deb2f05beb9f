"""Cyclomatic complexity (McCabe 1976) of functions, on the tree that all languages are lowered to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.model.quality import FunctionMetric
from secloop.stages.test.sast.constants import LOOPS

if TYPE_CHECKING:
    from collections.abc import Callable

    from secloop.stages.test.sast.tree import Node

FORKS = LOOPS | {"if", "ternary", "case", "catch", "case_clause", "if_clause", "for_in_clause"}
"""Kinds of nodes at which the way forks."""
SHORT_CUTS = frozenset({"&&", "||", "and", "or", "??", "&&=", "||=", "??="})
"""Operators that may leave out their second operand."""


def functions_of(root: Node, line: Callable[[Node], int]) -> tuple[FunctionMetric, ...]:
    """Return the functions of a file with their complexity, in the order of the text; one within another counts alone.

    `line` returns the line of a node. A function without a name is called `(anonymous)`, a method has its class before.
    """
    found: list[tuple[Node, str]] = []
    counts: dict[int, int] = {}
    stack: list[tuple[Node, int, str]] = [(root, -1, "")]
    while stack:
        node, owner, chain = stack.pop()
        if node.kind == "func" and len(node.kids) > 2 and node.kids[2].kind != "none":
            name = _joined(chain, node.kids[0].value or "(anonymous)")
            found.append((node, name))
            owner, chain = id(node), name
            counts[owner] = 1
        elif node.kind == "class" and node.kids:
            chain = _joined(chain, node.kids[0].value or "(anonymous)")
        elif owner in counts and _forks(node):
            counts[owner] += 1
        stack.extend((kid, owner, chain) for kid in reversed(node.kids))
    return tuple(FunctionMetric(name=name, line=line(node), complexity=counts[id(node)]) for node, name in found)


def _joined(chain: str, name: str) -> str:
    return f"{chain}.{name}" if chain else name


def _forks(node: Node) -> bool:
    return node.kind in FORKS or (node.kind in {"binary", "assign"} and node.value in SHORT_CUTS)
