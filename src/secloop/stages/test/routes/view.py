"""One file as the readers of routes see it: its tree, what its names were imported as, and its name in the tree."""

from __future__ import annotations

import posixpath
import re
from functools import cached_property
from typing import TYPE_CHECKING

from secloop.stages.test.routes.models import tables
from secloop.stages.test.sast.constants import path_of
from secloop.stages.test.sast.facts import FileFacts
from secloop.stages.test.sast.modules import module_of

if TYPE_CHECKING:
    from secloop.model.surface import RouteParam
    from secloop.scan.base import SourceFile
    from secloop.stages.test.routes.models import Tables
    from secloop.stages.test.sast.tree import Node

_OF_GO = re.compile(r"^go-|[-.]go$|\d+-go$")
"""What the folder of a Go package has beyond its name, by habit."""
_SCRIPTS = (".js", ".ts", ".jsx", ".tsx", ".mjs", ".cjs", ".mts", ".cts")


class View:
    """A parsed file."""

    def __init__(self, source: SourceFile, language: str, root: Node, implicit: tuple[str, ...] = ()) -> None:
        """Take the file and its tree."""
        self.source = source
        self.path = source.path
        self.language = language
        self.root = root
        self.facts = FileFacts(root, implicit)
        self.module = module_of(source.path, language, root)
        self.tables: Tables = tables(language)

    def line(self, node: Node) -> int:
        """Return the line (from 1) on which a node starts."""
        return self.source.position(node.start)[0]

    @cached_property
    def reads(self) -> list[tuple[int, RouteParam]]:
        """Every read of a request's parameter, by offset."""
        from secloop.stages.test.routes.inputs import all_inputs

        return all_inputs(self)

    @cached_property
    def imports(self) -> dict[str, str]:
        """What names stand for by the file's imports, as dotted paths of the tree."""
        out: dict[str, str] = {}
        stack = [self.root]
        while stack:
            node = stack.pop()
            if node.kind in {"import", "imports", "assign"}:
                for one in self.facts.imported(node):
                    self._note(one, out)
            stack.extend(reversed(node.kids))
        return out

    def _note(self, node: Node, out: dict[str, str]) -> None:
        module, name, local = node.kids
        path = path_of(module) or (module.value if module.kind == "str" else None)
        if not path:
            return
        whole = self.resolved(path)
        if name.kind == "none":
            own = local.value if local.kind == "name" else path.partition(".")[0]
            if own and self.language == "go":
                out.setdefault(_OF_GO.sub("", own), whole)
            if own:
                out.setdefault(own, whole if local.kind == "name" else self.resolved(own))
        elif name.kind == "name" and name.value:
            own = local.value if local.kind == "name" and local.value else name.value
            out.setdefault(own, whole if name.value == "default" else f"{whole}.{name.value}")

    def resolved(self, module: str) -> str:
        """Return the dotted path of a module as this file names it; relative ones from the root of the tree."""
        folder = posixpath.dirname(self.path)
        if self.language == "python":
            level = len(module) - len(module.lstrip("."))
            if not level:
                return module
            steps = [step for step in folder.split("/") if step]
            kept = steps[: len(steps) - level + 1] if level > 1 else steps
            return ".".join([*kept, *(step for step in module.lstrip(".").split(".") if step)])
        if self.language in {"javascript", "typescript", "tsx"}:
            path = posixpath.normpath(posixpath.join(folder, module)) if module.startswith(".") else module
            for end in _SCRIPTS:
                path = path.removesuffix(end)
            return path.removesuffix("/index").strip("./").replace("/", ".") if module.startswith(".") else path
        return module

    def imported(self, node: Node) -> str:
        """Return the dotted path that an expression of names stands for by an import; empty when by none."""
        path = path_of(node)
        if path is None:
            return ""
        first, _, rest = path.partition(".")
        target = self.imports.get(first)
        if target is None:
            return ""
        return f"{target}.{rest}" if rest else target

    def required(self, node: Node) -> str:
        """Return the module that `require("m")`, or `import("m")`, names; empty for anything else."""
        if node.kind == "await" and node.kids:
            return self.required(node.kids[0])
        if node.kind == "call" and node.kids[0].value in {"require", "import"} and len(node.kids[1].kids) == 1:
            module = node.kids[1].kids[0]
            return self.resolved(module.value) if module.kind == "str" and module.value else ""
        return ""
