"""All places of a file where a pattern matches."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from secloop.stages.test.sast.pattern.env import EMPTY
from secloop.stages.test.sast.pattern.glance import CANDIDATES, last_name
from secloop.stages.test.sast.pattern.operators import ASSOCIATIVE, COMMUTATIVE
from secloop.stages.test.sast.pattern.sequences import in_order_stmts, starts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from secloop.stages.test.sast.pattern.env import Env
    from secloop.stages.test.sast.pattern.match import Matcher
    from secloop.stages.test.sast.pattern.parse import Pattern
    from secloop.stages.test.sast.tree import Node

STATEMENTS = frozenset({"func", "class", "block", "members", "if", "try_statement"})
NO_EXPRESSION = frozenset(
    {"block", "members", "params", "param", "args", "none", "mod", "decl", "type", "base", "children", "jsxattrs"}
)
EXCLUDED = {"mvar": NO_EXPRESSION, "dots": NO_EXPRESSION, "deep": STATEMENTS}


@dataclass(frozen=True, slots=True)
class Match:
    """One place where a pattern matches."""

    start: int
    end: int
    env: Env


class Index:
    """The nodes of a file: in order, by kind, and calls by the last name of what is called."""

    def __init__(self, root: Node) -> None:
        """Index that tree."""
        self.nodes: list[Node] = []
        self.by_kind: dict[str, list[Node]] = defaultdict(list)
        self.calls: dict[str, list[Node]] = defaultdict(list)
        self._kept: dict[str, list[Node]] = {}
        inner: set[int] = set()
        for node in root.walk():
            if node.kind == "binary" and (node.value in ASSOCIATIVE or node.value in COMMUTATIVE):
                inner.update(id(kid) for kid in node.kids if kid.kind == "binary" and kid.value == node.value)
                if id(node) in inner:
                    continue
            self.nodes.append(node)
            self.by_kind[node.kind].append(node)
            if node.kind == "call":
                self.calls[last_name(node.kids[0])].append(node)

    def candidates(self, want: Node) -> Sequence[Node]:
        """Return the nodes that a pattern could match."""
        if want.kind == "expr":
            return self.nodes
        excluded = EXCLUDED.get(want.kind)
        if excluded is not None:
            kept = self._kept.get(want.kind)
            if kept is None:
                kept = self._kept[want.kind] = [node for node in self.nodes if node.kind not in excluded]
            return kept
        if want.kind == "call":
            name = last_name(want.kids[0])
            return (
                [*self.calls.get(name, ()), *self.calls.get("", ()), *self._aliased(name)]
                if name
                else self.by_kind["call"]
            )
        kinds = CANDIDATES.get(want.kind)
        if kinds is None:
            return self.by_kind.get(want.kind, [])
        kept = self._kept.get(want.kind)
        if kept is None:
            kept = self._kept[want.kind] = [node for node in self.nodes if node.kind in kinds]
        return kept

    def _aliased(self, name: str) -> list[Node]:
        return [
            node
            for other, nodes in self.calls.items()
            if other and other != name and other in self.aliases
            for node in nodes
        ]

    aliases: frozenset[str] = frozenset()
    """Local names that an import gave to something of another name."""


def find(pattern: Pattern, matcher: Matcher, index: Index) -> Iterator[Match]:
    """Yield the matches."""
    if pattern.sequence:
        yield from _sequences(pattern, matcher, index)
        return
    want = pattern.root
    for node in index.candidates(want):
        for env in matcher.match(want, node, EMPTY):
            yield Match(node.start, node.end, env)


def _sequences(pattern: Pattern, matcher: Matcher, index: Index) -> Iterator[Match]:
    ps = pattern.root.kids
    for node in (*index.by_kind["block"], *index.by_kind["members"]):
        for i in starts(matcher, ps, node.kids):
            for env, last in in_order_stmts(matcher, ps, node.kids, EMPTY, whole=False, start=i):
                yield Match(node.kids[i].start, (last or node.kids[i]).end, env)
