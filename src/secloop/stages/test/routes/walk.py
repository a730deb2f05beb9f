"""The walk through a file: statements in order, functions after what surrounds them, and what calls say of routers."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from secloop.model.surface import Handler
from secloop.stages.test.routes.inputs import inputs_of
from secloop.stages.test.routes.sketch import Scope, Sketch
from secloop.stages.test.routes.values import keyword, name_of, named, positional, text_of
from secloop.stages.test.sast.constants import path_of

if TYPE_CHECKING:
    from secloop.stages.test.routes.models import Made
    from secloop.stages.test.routes.view import View
    from secloop.stages.test.sast.tree import Node

DEEPEST = 60
SELVES = frozenset({"self", "this", "cls"})
MOST_HANDLERS = 2_000


class Walker:
    """Walks one file; languages say what a call, a function and a class mean."""

    def __init__(self, view: View) -> None:
        """Begin at the top of a file."""
        self.view = view
        self.sketch = Sketch(view)
        self._values: dict[int, str | None] = {}
        self._deferred: deque[tuple[Node, Scope]] = deque()
        self._given: dict[int, dict[int, str]] = {}
        self.top = Scope(view.module)

    def run(self) -> Sketch:
        """Walk all of it."""
        self.statements(self.view.root, self.top)
        while self._deferred:
            node, scope = self._deferred.popleft()
            self.function(node, scope)
        return self.sketch

    def statements(self, root: Node, scope: Scope) -> None:
        """Walk what is below a node, up to functions, which wait."""
        stack = [(root, scope)]
        while stack:
            node, inner = stack.pop()
            if node.kind == "func":
                self._deferred.append((node, inner))
                continue
            if node.kind == "class":
                self.class_(node, inner)
                inner = Scope(f"{inner.path}.{node.kids[0].value}", inner, node.kids[0].value or "")
            elif node.kind in {"assign", "vardef"}:
                self.assign(node, inner)
            elif node.kind in {"call", "new"}:
                self.value(node, inner)
            elif node.kind == "return" and node.kids:
                router = self.value(node.kids[0], inner)
                if router is not None:
                    self.sketch.alias(f"{inner.path}()", router)
            else:
                self.other(node, inner)
            stack.extend((kid, inner) for kid in reversed(node.kids))

    def function(self, node: Node, scope: Scope) -> None:
        """Walk a function: its parameters may be routers."""
        name = self.named_function(node, scope)
        inner = Scope(name, scope, scope.owner)
        given = self._given.get(id(node), {})
        for number, param in enumerate(node.kids[1].kids):
            own = param.kids[0].value if param.kids and param.kids[0].kind == "name" else None
            if own is None:
                continue
            inner.names[own] = ""  # it hides what is outside
            framework = self.typed(param)
            if number in given:
                inner.names[own] = given[number]
            elif framework:
                inner.names[own] = self.sketch.router(f"{name}#{number}", framework)
        self.declared(node, inner)
        self.statements(node.kids[2], inner)

    def named_function(self, node: Node, scope: Scope) -> str:
        """Return the dotted path of a function."""
        return f"{scope.path}.{node.kids[0].value or f'@{node.start}'}"

    def give(self, function: Node, number: int, router: str) -> None:
        """Say which router a parameter of a function is."""
        self._given.setdefault(id(function), {})[number] = router

    def assign(self, node: Node, scope: Scope) -> None:
        """Note what a name is given."""
        path = path_of(node.kids[0])
        if path is None or len(node.kids) < 2:
            return
        text = node.kids[1].value if node.kids[1].kind == "str" and not node.kids[1].kids else None
        if text and text.startswith("/") and path.isupper():
            self.sketch.constants.setdefault(path, text)
        router = self.value(node.kids[1], scope)
        if router is not None:
            own = self.own_name(path, scope)
            self.sketch.alias(own, router)
            self.put(path, router, scope)

    def put(self, path: str, router: str, scope: Scope) -> None:
        """Let a name stand for a router; a field stands for it in the whole file."""
        (self.top if "." in path else scope).names[path] = router

    def own_name(self, path: str, scope: Scope) -> str:
        """Return the dotted path by which other files know a name."""
        first, _, rest = path.partition(".")
        if first in SELVES and rest:
            return f"{self.view.module}.{scope.owner}.{rest}"
        return f"{scope.path}.{path}"

    def value(self, node: Node, scope: Scope, depth: int = DEEPEST) -> str | None:
        """Return the router that an expression is; the calls in it take effect once."""
        if node.kind in {"call", "new"}:
            known = id(node) in self._values
            if not known and depth:
                self._values[id(node)] = None
                self._values[id(node)] = self.call(node, scope, depth - 1)
            return self._values.get(id(node))
        if node.kind in {"await", "cast", "unary", "as_expression"} and node.kids and depth:
            return self.value(node.kids[-1 if node.kind == "cast" else 0], scope, depth - 1)
        path = path_of(node)
        if path is not None:
            found = scope.get(path)
            return found or None if found is not None else self.imported_router(node)
        if node.kind == "attr" and depth:
            owner = self.value(node.kids[0], scope, depth - 1)
            return f"{owner}.{node.kids[1].value}" if owner is not None and not self.sketch.is_known(owner) else None
        return None

    def imported_router(self, node: Node) -> str | None:
        """Return the name of a router that may lie in another file."""
        return self.view.imported(node) or None

    def made(self, node: Node, made: Made, scope: Scope) -> str:
        """Note a router that a call makes."""
        from secloop.stages.test.routes.sketch import checks

        prefix = self.given(node, made.prefix)
        text = text_of(prefix, self.view.facts) if prefix is not None else None
        auth = self.given(node, made.auth)
        name = f"{scope.path}@{node.start}"
        return self.sketch.router(
            name, made.framework, self.template(text or ""), checks([auth]) if auth is not None else ()
        )

    def given(self, node: Node, at: str | int | None) -> Node | None:
        """Return an argument of a call by number or name."""
        if at is None:
            return None
        if isinstance(at, str):
            return keyword(node, at)
        arguments = positional(node)
        return arguments[at] if at < len(arguments) else None

    def passed(self, node: Node, scope: Scope) -> str | None:
        """Note routers that a call passes to a function: what that hangs on its parameter is served below them.

        Returns the first of them, which is what such a function gives back, if anything.
        """
        first = None
        callee = node.kids[0]
        for number, argument in enumerate(positional(node)):
            router = self.value(argument, scope, 3) if argument.kind in {"name", "attr", "call"} else None
            if router is not None and self.sketch.is_known(router):
                self.sketch.mount(router, f"{self.target(callee, scope)}#{number}", at=node)
                first = first or router
        return first

    def target(self, callee: Node, scope: Scope) -> str:
        """Return the dotted path of a function that is called; `?` stands for an owner that is not known."""
        imported = self.view.imported(callee) or self.view.required(callee)
        if imported:
            return imported
        if callee.kind == "name":
            return f"{self.view.module}.{callee.value}"
        path = path_of(callee) or ""
        if path.partition(".")[0] in SELVES:
            return f"{self.view.module}.{scope.owner}.{path.rpartition('.')[2]}"
        return f"?.{name_of(callee)}"

    def handle(self, node: Node, scope: Scope, **more: tuple[str, ...]) -> None:
        """Note what a function says of itself as a handler: its parameters and checks."""
        params = inputs_of(node.kids[2], self.view)
        auth = more.get("auth", ())
        if (params or auth) and node.kids[0].value and len(self.sketch.handlers) < MOST_HANDLERS:
            name = scope.path
            self.sketch.handlers.setdefault(name, Handler(name=name, params=params, auth=auth))

    # -- what languages say

    def template(self, path: str) -> str:
        """Return a path in the one form."""
        return path

    def typed(self, param: Node) -> str:
        """Return the framework whose router a parameter is; empty when it is none."""
        for kind in named(param, "type"):
            for node in kind.walk():
                path = path_of(node)
                for name in (path, (path or "").rpartition(".")[2]):
                    if name in self.view.tables.types:
                        return self.view.tables.types[name]
        return ""

    def call(self, node: Node, scope: Scope, depth: int) -> str | None:
        """Return the router that a call makes, and note what it says of routers."""
        raise NotImplementedError

    def class_(self, node: Node, scope: Scope) -> None:
        """Look at a class."""

    def declared(self, node: Node, scope: Scope) -> None:
        """Look at a function, within its scope."""

    def other(self, node: Node, scope: Scope) -> None:
        """Look at any other node."""
