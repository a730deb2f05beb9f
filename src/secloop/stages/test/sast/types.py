"""Declared types: what a typed metavariable asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.test.sast.tree import Node, equal

if TYPE_CHECKING:
    from secloop.stages.test.sast.facts import FileFacts

_LITERALS = {
    "str": {"str", "string", "String", "java.lang.String"},
    "num": {"int", "number", "float", "long", "Integer", "double"},
    "const": {"bool", "boolean", "Boolean"},
}


class Types:
    """Types of names in one file: of parameters, variables, fields; the last one written for a name wins."""

    def __init__(self, root: Node, facts: FileFacts) -> None:
        """Read the declarations of that tree."""
        self._facts = facts
        self._declared: dict[str, Node] = {}
        for node in root.walk():
            if node.kind in {"param", "assign", "vardef"} and node.kids and node.kids[0].kind == "name":
                self._declare(node)

    def _declare(self, node: Node) -> None:
        for opt in node.opts:
            if opt.kind == "type" and opt.kids:
                self._declared[node.kids[0].value or ""] = opt.kids[0]
                return
        if node.kind == "assign" and len(node.kids) == 2 and node.kids[1].kind == "new":
            self._declared.setdefault(node.kids[0].value or "", node.kids[1].kids[0])

    def of(self, node: Node) -> Node | None:
        """Return the declared type of an expression."""
        if node.kind == "name":
            return self._declared.get(node.value or "")
        if node.kind == "new":
            return node.kids[0]
        if node.kind == "attr" and node.kids[0].kind in {"this", "name"} and node.kids[0].value in {"this", "self"}:
            return self._declared.get(node.kids[1].value or "")
        return None

    def has(self, node: Node, wanted: Node) -> bool:
        """Say whether an expression is known to be of the wanted type."""
        want = wanted.kids[0] if wanted.kind == "type" and wanted.kids else wanted
        path = self._facts.path(want) or want.value
        value = self._facts.constant(node)
        if value is not None and value.kind in _LITERALS and path in _LITERALS[value.kind]:
            return True
        have = self.of(node)
        if have is None:
            return False
        return equal(have, want) or self._same_class(have, path)

    def _same_class(self, have: Node, wanted: str | None) -> bool:
        """Say whether a type is the wanted class; one that is not qualified is any class of that name."""
        own = self._facts.path(have) or have.value
        if not own or not wanted:
            return False
        if wanted in self._facts.dotted(have):
            return True
        return own.rpartition(".")[2] == wanted.rpartition(".")[2] and ("." not in own or "." not in wanted)
