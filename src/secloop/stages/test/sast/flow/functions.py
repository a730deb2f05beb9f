"""The functions of a file, and which of them a call means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from secloop.stages.test.sast import commonjs
from secloop.stages.test.sast.constants import path_of

if TYPE_CHECKING:
    from secloop.stages.test.sast.facts import FileFacts
    from secloop.stages.test.sast.flow.value import Value
    from secloop.stages.test.sast.tree import Node

SELVES = frozenset({"self", "cls", "this"})


@dataclass(frozen=True, slots=True)
class Function:
    """A function or method of the file; `number` is its place in the order of the text."""

    number: int
    name: str
    owner: str
    node: Node
    outside: str = ""
    """Its name in other files, where that is another one."""

    @property
    def path(self) -> str:
        """`Class.method`, or the function's name."""
        return f"{self.owner}.{self.name}" if self.owner else self.name

    @property
    def public_path(self) -> str:
        """The path by which other files know it."""
        return self.path if self.owner or not self.outside else self.outside

    @property
    def offset(self) -> int:
        """How many parameters stand before those that a caller gives: 1 for `self`."""
        params = self.node.kids[1].kids
        first = params[0].kids[0] if params and params[0].kids else None
        return 1 if self.owner and first is not None and first.value in {"self", "cls"} else 0


class Functions:
    """All functions of one file."""

    def __init__(self, root: Node, facts: FileFacts) -> None:
        """Collect them; a function that is assigned to a name has that name."""
        self.all: list[Function] = []
        self.bases: dict[str, list[str]] = {}
        self.root = root
        self._facts = facts
        self._by_path: dict[str, Function] = {}
        self._by_node: dict[int, Function] = {}
        self._outside = commonjs.exported(root)
        self._collect(root)

    def _collect(self, root: Node) -> None:
        stack: list[tuple[Node, str, str]] = [(root, "", "")]
        while stack:
            node, owner, given = stack.pop()
            inner = owner
            if node.kind == "func":
                default = commonjs.DEFAULT if commonjs.is_default(node) else ""
                self._add(node, owner, node.kids[0].value or given or default)
                inner = ""
            elif node.kind == "class":
                inner = node.kids[0].value or given
                self.bases[inner] = [path_of(opt.kids[0]) or "" for opt in node.opts if opt.kind == "base" and opt.kids]
            named = commonjs.given_name(node.kids[0]) if node.kind in {"assign", "pair"} else ("", "")
            for kid in reversed(node.kids):
                last = kid is node.kids[-1]
                stack.append((kid, (named[0] if last else "") or inner, named[1] if last else ""))
            stack.extend((kid, inner, "") for opt in reversed(node.opts) if opt.kind == "members" for kid in opt.kids)

    def _add(self, node: Node, owner: str, name: str) -> None:
        function = Function(len(self.all), name, owner, node, self._outside.get(name, ""))
        self.all.append(function)
        self._by_node[id(node)] = function
        if name:
            self._by_path.setdefault(function.path, function)

    def of(self, node: Node) -> Function | None:
        """Return the function that a node is."""
        return self._by_node.get(id(node))

    def method(self, owner: str, name: str, depth: int = 5) -> Function | None:
        """Return a method of a class of this file, its own or one that it inherits from a class of this file."""
        found = self._by_path.get(f"{owner}.{name}")
        if found is not None or depth == 0:
            return found
        for base in self.bases.get(owner, ()):
            found = self.method(base.rpartition(".")[2], name, depth - 1)
            if found is not None:
                return found
        return None

    def meant(self, callee: Node, receiver: Value | None, inside: Function | None) -> Function | None:
        """Return the function of this file that a call means; None when it means another."""
        if callee.kind == "name":
            name = callee.value or ""
            own = self.method(inside.owner, name) if inside is not None and inside.owner else None
            return own or self._by_path.get(name)
        if callee.kind != "attr" or callee.kids[1].kind != "name":
            return None
        holder, name = callee.kids[0], callee.kids[1].value or ""
        if inside is not None and inside.owner and holder.value in SELVES:
            return self.method(inside.owner, name)
        kind = receiver.type if receiver is not None and receiver.type else self._declared(holder)
        return self.method(kind.rpartition(".")[2], name) if kind else None

    def _declared(self, holder: Node) -> str:
        """Return the class that a receiver is by declaration, or by being the class itself."""
        if holder.kind == "new":
            return path_of(holder.kids[0]) or ""
        kind = self._facts.types.of(holder)
        if kind is not None:
            return path_of(kind) or ""
        return holder.value or "" if holder.kind == "name" and holder.value in self.bases else ""

    def elsewhere(self, callee: Node, receiver: Value | None) -> str:
        """Return the dotted path of a function in another file that a call may mean; empty when there is none."""
        dotted = self._facts.dotted(callee) if callee.kind == "name" else self._facts.by_import(callee)
        if dotted:
            whole = callee.kind == "name" and self._facts.is_module(callee.value or "")
            return f"{dotted[0]}.{commonjs.DEFAULT}" if whole else dotted[0]
        if callee.kind != "attr" or callee.kids[1].kind != "name":
            return ""
        kind = receiver.type if receiver is not None and receiver.type else self._declared(callee.kids[0])
        if not kind:
            return ""
        first, _, rest = kind.partition(".")
        full = self._facts.named(first) or first
        return ".".join(part for part in (full, rest, callee.kids[1].value or "") if part)
