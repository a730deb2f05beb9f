"""All places of a file where a pattern matches."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from secloop.stages.test.sast.pattern.env import EMPTY
from secloop.stages.test.sast.pattern.glance import CANDIDATES, last_name
from secloop.stages.test.sast.pattern.operators import ASSOCIATIVE, COMMUTATIVE
from secloop.stages.test.sast.pattern.sequences import BLOCKS, in_order_stmts, starts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from secloop.stages.test.sast.facts import FileFacts
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
    """The nodes of a file: in order, by kind, by the node around; names, fields and calls by their last name."""

    def __init__(self, root: Node, facts: FileFacts) -> None:
        """Index that tree, the whole of a file or a part of it, with what the file says of its names."""
        self._facts = facts
        self._root = root
        self.names: dict[str, list[Node]] = defaultdict(list)
        self.fields: dict[str, list[Node]] = defaultdict(list)
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
            elif node.kind == "name":
                self.names[node.value or ""].append(node)
            elif node.kind == "attr":
                self.fields[node.kids[1].value or ""].append(node)

    @cached_property
    def around(self) -> dict[int, Node]:
        """The node around each node, by the inner one's id."""
        out: dict[int, Node] = {}
        stack = [self._root]
        while stack:
            node = stack.pop()
            for kid in node.kids:
                out[id(kid)] = node
            stack += node.kids
        return out

    def candidates(self, want: Node, *, symbolic: bool = False) -> Sequence[Node]:
        """Return the nodes that a pattern could match; `symbolic` ones may match any name."""
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
        if not symbolic and want.kind in {"name", "attr"}:
            return self._named(want)
        kept = self._kept.get(want.kind)
        if kept is None:
            kept = self._kept[want.kind] = [node for node in self.nodes if node.kind in kinds]
        return kept

    def _aliased(self, name: str) -> list[Node]:
        return [
            node
            for other in sorted(self._facts.locals_by_end.get(name, ()))
            if other != name
            for node in self.calls.get(other, ())
        ]

    def _named(self, want: Node) -> Sequence[Node]:
        """Return the names and fields that a name or a field may match, by its own name or by an import's."""
        last = want.kids[1] if want.kind == "attr" else want
        name = last.value or ""
        if last.kind == "name" and "." not in name:
            own = sorted({name} | self._facts.locals_by_end.get(name, frozenset()))
            return [*self.fields.get(name, ()), *(node for one in own for node in self.names.get(one, ()))]
        imported = self._facts.imported_names
        if last.kind == "mvar" and imported is not None:
            return [*self.by_kind["attr"], *(node for one in imported for node in self.names.get(one, ()))]
        return [node for node in self.nodes if node.kind in CANDIDATES[want.kind]]


def find(pattern: Pattern, matcher: Matcher, index: Index) -> Iterator[Match]:
    """Yield the matches."""
    if pattern.sequence:
        yield from _sequences(pattern, matcher, index)
        return
    want = pattern.root
    for node in index.candidates(want, symbolic=matcher.symbolic):
        for env in matcher.match(want, node, EMPTY):
            yield Match(node.start, node.end, env)


def _sequences(pattern: Pattern, matcher: Matcher, index: Index) -> Iterator[Match]:
    ps = pattern.root.kids
    holders = matcher.holders(ps[0])
    for node in (*index.by_kind["block"], *index.by_kind["members"]):
        if holders is not None and id(node) not in holders and not any(kid.kind in BLOCKS for kid in node.kids):
            continue
        for i in starts(matcher, ps, node.kids):
            for env, last in in_order_stmts(matcher, ps, node.kids, EMPTY, whole=False, start=i):
                yield Match(node.kids[i].start, (last or node.kids[i]).end, env)
