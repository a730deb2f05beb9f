"""Bindings of metavariables. An environment is never changed, only extended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.test.sast.tree import Node, equal

if TYPE_CHECKING:
    from collections.abc import Mapping

    Env = Mapping[str, Node]
    Envs = list[Env]

EMPTY: Env = {}
ANONYMOUS = "_"


def bound(env: Env, name: str, node: Node) -> Envs:
    """Bind a metavariable, or check that it is bound to the same text already."""
    if name == ANONYMOUS:
        return [env]
    before = env.get(name)
    if before is None:
        return [{**env, name: node}]
    return [env] if same(before, node) else []


def same(one: Node, other: Node) -> bool:
    """Say whether two bindings read the same; a name and a string's content compare by their text."""
    if one.kind != other.kind and {one.kind, other.kind} <= {"name", "text", "str"}:
        return one.value == other.value and one.value is not None
    return equal(_bare(one), _bare(other))


def _bare(node: Node) -> Node:
    return node.kids[0] if node.kind in {"expr", "type", "param"} and len(node.kids) == 1 else node
