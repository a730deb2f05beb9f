"""What a file uses outside its program: addresses it calls, stores, secrets and queues, by its language's table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secloop.model.surface import Use, Uses
from secloop.stages.test.routes.models import is_secret
from secloop.stages.test.routes.values import items, keyword, name_of, named, pair, positional, shown_text
from secloop.stages.test.sast.constants import path_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.stages.test.routes.models import Known
    from secloop.stages.test.routes.view import View
    from secloop.stages.test.sast.tree import Node

MOST = 2_000
DEEPEST = 12
ENVIRONMENT = "environment"
_PASSWORD = re.compile(r"(?<=://)[^/@\s]*@|(?<=password=)[^\s;&]*|(?<=pwd=)[^\s;&]*", re.IGNORECASE)
_VERSION = re.compile(r"/v\d+(?=[./])")
_SPRING = re.compile(r"\$\{([\w.\-]{1,100})")


def uses_of(view: View) -> Uses:
    """Return what a file uses."""
    reader = _Reader(view)
    found: dict[Use, None] = {}
    for node in view.root.walk():
        for use in reader.read(node):
            found[use] = None
        if len(found) >= MOST:
            break
    return Uses(
        file=view.path, uses=tuple(sorted(found, key=lambda use: (use.line, use.kind, use.library, use.target)))
    )


class _Reader:
    """Reads one file; names that hold what a library made are followed by name."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._made: dict[str, str] = {}
        self._known = view.tables.uses
        self._marks: set[int] = set()

    def read(self, node: Node) -> Iterator[Use]:
        """Yield what one node uses."""
        if node.kind in {"call", "new"}:
            yield from self._called(node)
        elif node.kind in {"index", "attr"}:
            yield from self._environment(node)
        elif node.kind == "assign" and len(node.kids) == 2:
            self._note(node)
        elif node.kind == "with":
            self._with(node)
        elif node.kind in {"func", "class", "param", "vardef"} and node.opts:
            yield from self._declared(node)

    def _note(self, node: Node) -> None:
        path, source = path_of(node.kids[0]), node.kids[1]
        if source.kind == "tuple" and source.kids:  # Go: client, err := ...
            source = source.kids[0]
        if path is None and node.kids[0].kind == "tuple" and node.kids[0].kids:
            path = path_of(node.kids[0].kids[0])
        made = self._name(source, DEEPEST) if source.kind in {"call", "new", "await"} else ""
        if path and made:
            self._made[path] = made

    def _with(self, node: Node) -> None:
        for one in node.kids:
            if (
                one.kind == "as"
                and len(one.kids) > 1
                and (name := path_of(one.kids[1]))
                and (made := self._name(one.kids[0], DEEPEST))
            ):
                self._made[name] = made

    def _name(self, node: Node, depth: int) -> str:
        """Return the dotted path of what an expression is or calls, through what it was made by."""
        if depth == 0:
            return ""
        if node.kind in {"call", "new", "await", "unary"} and node.kids:
            module = self._view.required(node)
            return module or self._name(node.kids[0], depth - 1)
        path = path_of(node)
        if path is not None:
            return self._of_path(node, path)
        if node.kind == "attr":
            owner = self._name(node.kids[0], depth - 1)
            return f"{owner}.{node.kids[1].value}" if owner else ""
        return ""

    def _of_path(self, node: Node, path: str) -> str:
        owner, _, last = path.rpartition(".")
        if path in self._made:
            return self._made[path]
        if owner in self._made:
            return f"{self._made[owner]}.{last}"
        imported = self._view.imported(node)
        if imported:
            return _VERSION.sub("", f"{imported}.")[:-1]
        typed = self._view.facts.types.of(node.kids[0]) if node.kind == "attr" else None
        if typed is not None and (kind := path_of(typed)):
            return f"{self._view.imports.get(kind, kind)}.{last}"
        implicit = self._view.facts.dotted(node) if self._view.language == "java" else []
        return implicit[0] if implicit else path

    def _called(self, node: Node) -> Iterator[Use]:
        known = self._known.get(self._name(node.kids[0], DEEPEST)) if id(node) not in self._marks else None
        if known is None or (known.library == ENVIRONMENT and not (text := self._target(node, known))):
            return
        if known.library == ENVIRONMENT and not is_secret(text):
            return
        yield self._use(node, known, self._target(node, known))

    def _use(self, node: Node, known: Known, target: str) -> Use:
        return Use(kind=known.kind, library=known.library, target=target, line=self._view.line(node), role=known.role)

    def _target(self, node: Node, known: Known) -> str:
        """Return what a use names: the first of its places that holds a text."""
        given = positional(node)
        unknown = ""
        for at in known.target:
            value = keyword(node, at) if isinstance(at, str) else given[at] if at < len(given) else None
            if value is None and isinstance(at, str):
                value = next(
                    (
                        found
                        for one in given
                        for inner in one.walk()
                        if inner.kind == "object" and (found := pair(inner, at)) is not None
                    ),
                    None,
                )
            if value is None or value.kind in {"object", "func", "dict"}:
                continue
            shown = [self._text(one) for one in items(value)]
            texts = [one for one in shown if one]
            if texts:
                return clean(", ".join(texts))
            unknown = unknown or next((name for one in items(value) if (name := name_of(one))), "")
        return f"{{{unknown}}}" if unknown else ""

    def _text(self, node: Node) -> str:
        shown = shown_text(node, self._view.facts)
        if shown is not None:
            return shown[0]
        if node.kind == "call" and self._known.get(self._name(node.kids[0], DEEPEST)) is not None:
            return self._target(node, self._known[self._name(node.kids[0], DEEPEST)])
        return ""

    def _environment(self, node: Node) -> Iterator[Use]:
        """Yield `os.environ["X"]` and `process.env.X`, where the name is that of a secret."""
        known = self._known.get(self._name(node.kids[0], DEEPEST))
        if known is None or known.library != ENVIRONMENT or len(node.kids) < 2:
            return
        key = node.kids[1]
        name = key.value if node.kind == "attr" else (self._view.facts.constant(key) or key).value
        if name and is_secret(name):
            yield self._use(node, known, name)

    def _declared(self, node: Node) -> Iterator[Use]:
        """Yield what decorators and annotations say: tasks, listeners, settings."""
        for mark in named(node, "decorator"):
            call = mark.kids[0] if mark.kids else mark
            if call.kind != "call":
                continue
            self._marks.add(id(call))
            name = self._name(call.kids[0], DEEPEST)
            known = self._known.get(name) or self._known.get(f"@{name_of(call)}")
            if known is not None and self._view.language != "java":
                target = self._target(call, known)
                yield self._use(
                    mark, known, target if target and not target.startswith("{") else node.kids[0].value or ""
                )
            elif known is not None:
                yield self._use(mark, known, self._target(call, known))
            elif name_of(call) == "Value" and self._view.language == "java":
                yield from self._setting(call, mark)

    def _setting(self, call: Node, mark: Node) -> Iterator[Use]:
        first = next(iter(positional(call)), None)
        for name in _SPRING.findall((first.value if first is not None else None) or ""):
            if is_secret(name):
                yield Use(kind="secret", library="spring", target=name, line=self._view.line(mark))


def clean(text: str) -> str:
    """Return an address without the user and password in it."""
    return _PASSWORD.sub(lambda found: "***@" if found[0].endswith("@") else "***", text)
