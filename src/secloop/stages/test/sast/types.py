"""Declared types: what a typed metavariable asks for."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from operator import itemgetter
from typing import TYPE_CHECKING

from secloop.stages.test.sast.constants import path_of
from secloop.stages.test.sast.tree import Node, equal

if TYPE_CHECKING:
    from secloop.stages.test.sast.facts import FileFacts

_LITERALS = {
    "str": {"str", "string", "String", "java.lang.String"},
    "num": {"int", "number", "float", "long", "Integer", "double"},
    "const": {"bool", "boolean", "Boolean"},
}
_DECLARING = {"param", "assign", "vardef", "for_in_statement"}


class Types:
    """Types of names in one file: of parameters, variables and fields."""

    def __init__(self, root: Node, facts: FileFacts) -> None:
        """Read the declarations of that tree."""
        self._facts = facts
        self._declared: dict[str, list[tuple[int, int, Node]]] = {}
        stack = [(root, root.start, root.end)]
        while stack:
            node, start, end = stack.pop()
            if node.kind in {"func", "class"}:
                start, end = node.start, node.end
            if node.kind in _DECLARING and node.kids and node.kids[0].kind == "name":
                self._declare(node, start, end)
            stack.extend((kid, start, end) for kid in node.kids)
        self._latest: dict[str, list[int]] = {}
        """For each declaration of a name, where the last of those up to it ends to hold."""
        for name, given in self._declared.items():
            given.sort(key=lambda one: (one[0], -one[1]))
            self._latest[name] = list(accumulate((end for _, end, _ in given), max))

    def _declare(self, node: Node, start: int, end: int) -> None:
        kind = next((opt.kids[0] for opt in node.opts if opt.kind == "type" and opt.kids), None)
        if kind is None and node.kind == "assign" and len(node.kids) == 2:
            kind = _made(node.kids[1])
        if kind is not None:
            self._declared.setdefault(node.kids[0].value or "", []).append((start, end, kind))

    def _named(self, name: str, at: int) -> Node | None:
        """Return the type of a name as the innermost function or class around declares it."""
        given, latest = self._declared.get(name, ()), self._latest.get(name, ())
        i = bisect_right(given, at, key=itemgetter(0)) - 1
        while i >= 0 and latest[i] > at:
            if at < given[i][1]:
                return given[i][2]
            i -= 1
        return None

    def of(self, node: Node) -> Node | None:
        """Return the declared type of an expression."""
        if node.kind == "name":
            return self._named(node.value or "", node.start)
        if node.kind == "new":
            return node.kids[0]
        if node.kind == "attr" and node.kids[0].kind in {"this", "name"} and node.kids[0].value in {"this", "self"}:
            return self._named(node.kids[1].value or "", node.start)
        return None

    def has(self, node: Node, wanted: Node) -> bool:
        """Say whether an expression is known to be of the wanted type."""
        want = wanted.kids[0] if wanted.kind == "type" and wanted.kids else wanted
        bare = want.kids[0] if want.kind == "pointer_type" and want.kids else want
        path = path_of(bare)
        value = self._facts.constant(node)
        if value is not None and value.kind in _LITERALS and path in _LITERALS[value.kind]:
            return True
        have = self.of(node)
        if have is None:
            return False
        return equal(have, want) or self._same_class(have, path)

    def _same_class(self, have: Node, wanted: str | None) -> bool:
        """Say whether a type is the wanted class; one that is not qualified is any class of that name."""
        while have.kind == "pointer_type" and have.kids:
            have = have.kids[0]
        own = path_of(have)
        if not own or not wanted:
            return False
        if wanted in self._facts.dotted(have):
            return True
        return own.rpartition(".")[2] == wanted.rpartition(".")[2] and ("." not in own or "." not in wanted)


def _made(value: Node) -> Node | None:
    """Return the type of what is made on the spot: `new T()`, and Go's `T{}` and `&T{}`."""
    if value.kind == "unary" and value.value == "&" and value.kids:
        value = value.kids[0]
    return value.kids[0] if value.kind in {"new", "composite"} and value.kids else None
