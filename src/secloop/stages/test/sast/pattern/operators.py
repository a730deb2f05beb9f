"""Binary operators whose operands may be regrouped (`and`, `or`, `+`) or also reordered (`|`, `&`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.test.sast.tree import Node

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secloop.stages.test.sast.pattern.env import Env, Envs
    from secloop.stages.test.sast.pattern.match import Matcher

ASSOCIATIVE = frozenset({"and", "or", "&&", "||"})
COMMUTATIVE = frozenset({"|", "&", "^"})
EQUALITY = frozenset({"==", "!=", "===", "!==", "is", "is not"})
MOST_OPERANDS = 8


def matches_binary(matcher: Matcher, p: Node, n: Node, env: Env) -> Envs:
    """Match a binary operation."""
    if n.kind != "binary" or n.value != p.value:
        return []
    if p.value not in ASSOCIATIVE and p.value not in COMMUTATIVE:
        return _pair(matcher, p, n, env)
    ps, ns = operands(p), operands(n)
    commute = p.value in COMMUTATIVE
    if commute and len(ns) > MOST_OPERANDS:
        return _pair(matcher, p, n, env)
    return _grouped(matcher, p.value, ps, ns, env, commute=commute)


def _pair(matcher: Matcher, p: Node, n: Node, env: Env) -> Envs:
    left, right = p.kids
    return [more for one in matcher.match(left, n.kids[0], env) for more in matcher.match(right, n.kids[1], one)]


def operands(node: Node) -> list[Node]:
    """Return the operands of a chain of one operator, left to right."""
    out: list[Node] = []
    stack = [node]
    while stack:
        at = stack.pop()
        if at.kind == "binary" and at.value == node.value:
            stack.extend(reversed(at.kids))
        else:
            out.append(at)
    return out


def _grouped(
    matcher: Matcher, operator: str | None, ps: Sequence[Node], ns: Sequence[Node], env: Env, *, commute: bool
) -> Envs:
    """Match operands with operands; a metavariable may take several, `...` any number."""
    if not ps:
        return [] if ns and not commute else [env]
    first, rest = ps[0], ps[1:]
    if first.kind == "dots":
        if not rest:
            return [env]
        if commute:
            return (
                _grouped(matcher, operator, [*rest, first], ns, env, commute=True)
                if any(p.kind != "dots" for p in rest)
                else [env]
            )
        return [
            more for i in range(len(ns) + 1) for more in _grouped(matcher, operator, rest, ns[i:], env, commute=False)
        ]
    out: Envs = []
    for taken, left in _choices(ns, len(rest), first, commute=commute):
        for one in matcher.match(first, _joined(operator, taken), env):
            out += _grouped(matcher, operator, rest, left, one, commute=commute)
    return out


def _choices(ns: Sequence[Node], others: int, p: Node, *, commute: bool) -> list[tuple[list[Node], list[Node]]]:
    """Return what the first pattern may take, and what is left then."""
    most = len(ns) - others if p.kind == "mvar" else 1
    if not commute:
        return [(list(ns[:k]), list(ns[k:])) for k in range(1, most + 1) if k <= len(ns)]
    out = []
    for mask in range(1, 1 << len(ns)):
        picked = [i for i in range(len(ns)) if mask >> i & 1]
        if len(picked) <= max(most, 1):
            out.append(([ns[i] for i in picked], [n for i, n in enumerate(ns) if i not in picked]))
    return out


def _joined(operator: str | None, nodes: Sequence[Node]) -> Node:
    out = nodes[0]
    for node in nodes[1:]:
        out = Node("binary", out.start, node.end, [out, node], operator)
    return out
