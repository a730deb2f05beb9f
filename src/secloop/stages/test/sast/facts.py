"""What a file says about its names: imports, constants, types."""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING

from secloop.stages.test.sast import commonjs
from secloop.stages.test.sast.constants import Constants, assigned_in, path_of
from secloop.stages.test.sast.tree import Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from secloop.stages.test.sast.types import Types


class FileFacts:
    """Names and constants of one file, worked out when first asked."""

    def __init__(self, root: Node, implicit: Sequence[str] = ()) -> None:
        """Describe that tree; what the modules of `implicit` hold needs no import in its language."""
        self.root = root
        self._imports: dict[str, list[tuple[str, int, int]]] = {}
        self._modules: set[str] = set()
        self._wildcards: list[str] = list(implicit)
        self._collect()

    def _collect(self) -> None:
        """Note the imports; one within a function holds there alone."""
        stack: list[tuple[Node, int, int]] = [(self.root, self.root.start, self.root.end)]
        while stack:
            node, start, end = stack.pop()
            if node.kind == "func":
                start, end = node.start, node.end
            if node.kind in {"import", "imports", "assign"}:
                for one in self.imported(node):
                    self._note_import(one, start, end)
                if node.kind == "assign" and len(node.kids) == 2 and self._imports:
                    for own, target in commonjs.renamed(node, self.by_import):
                        self._stands_for(own, target, start, end)
            stack.extend((kid, start, end) for kid in reversed(node.kids))

    def _note_import(self, node: Node, start: int, end: int) -> None:
        module, name, local = node.kids
        path = path_of(module) or (module.value if module.kind == "str" else None)
        if path is None:
            return
        path = commonjs.module_named(path)
        if name.kind == "none":
            own = local.value if local.kind == "name" else path.split(".")[0]
            target = path if local.kind == "name" else own
            if own and target:
                self._stands_for(own, target, start, end)
                if target.startswith("."):
                    self._modules.add(own)
        elif name.kind == "wildcard":
            self._wildcards.append(path)
        elif name.value:
            self._stands_for(
                (local.value if local.kind == "name" else name.value) or "", f"{path}.{name.value}", start, end
            )

    def _stands_for(self, own: str, target: str, start: int, end: int) -> None:
        """Note a name, and what else its target is called."""
        known = self._imports.setdefault(own, [])
        known += [(name, start, end) for name in commonjs.names_of(target)]

    def imported(self, node: Node) -> list[Node]:
        """Return the imports that a node stands for: those of a statement, or what is assigned from `require("m")`."""
        if node.kind == "import":
            return [node]
        if node.kind == "imports":
            return node.kids
        if node.kind != "assign" or len(node.kids) != 2:
            return []
        return commonjs.imported(node)

    @cached_property
    def aliases(self) -> frozenset[str]:
        """Local names that stand for something of another name."""
        return frozenset(
            name for name, targets in self._imports.items() if any(t.rpartition(".")[2] != name for t, _, _ in targets)
        )

    @cached_property
    def locals_by_end(self) -> dict[str, frozenset[str]]:
        """Local names of what is imported, by the last step of what they stand for."""
        out: dict[str, set[str]] = {}
        for name, targets in self._imports.items():
            for target, _, _ in targets:
                out.setdefault(target.rpartition(".")[2], set()).add(name)
        return {end: frozenset(names) for end, names in out.items()}

    @property
    def imported_names(self) -> Iterable[str] | None:
        """The local names of what is imported; None where modules are imported with all that they hold."""
        return None if self._wildcards else self._imports

    @cached_property
    def _constants(self) -> Constants:
        return Constants(self.root)

    def constant(self, node: Node) -> Node | None:
        """Return the literal that an expression is known to be."""
        return self._constants.value(node)

    def assigned(self, name: Node) -> Node | None:
        """Return the expression that a name was given last before it is read."""
        given = self._assignments.get(name.value or "", ())
        for i in range(bisect_left(given, name.start, key=attrgetter("start")) - 1, -1, -1):
            if given[i].end <= name.start:
                return given[i].kids[1]
        return None

    def is_given_once(self, name: str) -> bool:
        """Say whether the file gives a name a value in one place alone."""
        return self._times.get(name, 0) == 1

    @cached_property
    def _times(self) -> dict[str, int]:
        out: dict[str, int] = {}
        for name in assigned_in(self.root):
            out[name] = out.get(name, 0) + 1
        return out

    @cached_property
    def _assignments(self) -> dict[str, list[Node]]:
        out: dict[str, list[Node]] = {}
        for node in self.root.walk():
            if node.kind == "assign" and node.value in {"=", ":="} and node.kids[0].kind == "name":
                out.setdefault(node.kids[0].value or "", []).append(node)
        return out

    def dotted(self, node: Node) -> list[str]:
        """Return what an expression of names stands for, by the file's imports, those of whole modules too."""
        path = path_of(node)
        if path is None:
            return self.by_import(node) if node.kind == "attr" else []
        if path.partition(".")[0] not in self._imports:
            return [f"{module}.{path}" for module in self._wildcards]
        return self.by_import(node)

    def by_import(self, node: Node) -> list[str]:
        """Return what an expression of names stands for, by an import that names its first name."""
        path = path_of(node)
        if path is None:
            found = commonjs.required(node) if node.kind == "attr" else None
            return [".".join([commonjs.module_named(found[0].value or ""), *found[1]])] if found is not None else []
        first, _, rest = path.partition(".")
        targets = self._imports.get(first, ())
        return [f"{target}.{rest}" if rest else target for target, start, end in targets if start <= node.start < end]

    def is_module(self, name: str) -> bool:
        """Say whether a name stands for a whole file of the project, or for what that exports by default."""
        return name in self._modules

    def named(self, name: str) -> str:
        """Return what a name stands for by the imports of the file's top level; empty when it is not imported."""
        targets = self._imports.get(name)
        return targets[0][0] if targets else ""

    def imports(self, node: Node) -> Iterator[tuple[Node, Node]]:
        """Yield the (module, name) pairs that an import can be read as."""
        module, name, _ = node.kids
        nothing = Node("none", name.end, name.end)
        yield module, name
        if name.kind != "none":
            yield module, nothing
        if name.kind == "name":
            yield Node("attr", module.start, name.end, [module, name]), nothing
        at = module
        while at.kind == "attr":
            if name.kind == "none":
                yield at.kids[0], at.kids[1]
            at = at.kids[0]
            yield at, nothing

    def has_type(self, node: Node, wanted: Node) -> bool:
        """Say whether an expression is known to be of a type."""
        return self.types.has(node, wanted)

    @cached_property
    def types(self) -> Types:
        """Types that the file declares."""
        from secloop.stages.test.sast.types import Types

        return Types(self.root, self)
