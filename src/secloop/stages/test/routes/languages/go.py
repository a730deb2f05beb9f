"""net/http, gin, echo, chi, gorilla mux, fiber and httprouter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from secloop.stages.test.routes import paths
from secloop.stages.test.routes.inputs import inputs_of
from secloop.stages.test.routes.sketch import Found, Scope, checks
from secloop.stages.test.routes.values import name_of, named, positional, shown_text, text_of, texts, written
from secloop.stages.test.routes.walk import Walker
from secloop.stages.test.sast.constants import path_of

if TYPE_CHECKING:
    from secloop.stages.test.sast.tree import Node

_DEFAULT = "net/http.DefaultServeMux"
_GROUPS = frozenset(
    {"Group", "Route", "PathPrefix", "With", "Subrouter", "Host", "NewRoute", "StrictSlash", "Party", "Name", "Schemes"}
)
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE"})
_HANDLER_FIRST = frozenset({"echo"})
_ENTRY = "route:"


class Go(Walker):
    """Go."""

    def template(self, path: str) -> str:
        """Return a path in the one form."""
        return paths.brace(paths.colon(path) if ":" in path and "{" not in path else path)

    def named_function(self, node: Node, scope: Scope) -> str:
        """Return the dotted path of a function or method."""
        for receiver in named(node, "receiver"):
            for kind in (opt for param in receiver.kids for opt in named(param, "type")):
                own = next((path_of(one) for one in kind.walk() if path_of(one)), None)
                return f"{scope.path}.{own}.{node.kids[0].value}"
        return super().named_function(node, scope)

    def declared(self, node: Node, scope: Scope) -> None:
        """Note what a handler reads."""
        self.handle(node, scope)

    def imported_router(self, node: Node) -> str | None:  # noqa: ARG002 - as above
        """Return no router: of another package, only what its functions return may be one."""
        return None

    def call(self, node: Node, scope: Scope, depth: int) -> str | None:
        """Return the router or route that a call makes, and note what it says of routers."""
        callee = node.kids[0]
        imported = _without_version(self.view.imported(callee))
        made = self.view.tables.makers.get(imported)
        if made is not None:
            return self.made(node, made, scope)
        if imported in {"net/http.HandleFunc", "net/http.Handle"}:
            return self._verb(node, "HandleFunc", self.sketch.router(_DEFAULT, "net/http"), scope)
        if callee.kind == "attr":
            router = self.value(callee.kids[0], scope, depth)
            name = callee.kids[1].value or ""
            if router is not None and router.startswith(_ENTRY):
                return self._entry(node, name, router, scope)
            if router is not None and (done := self._method(node, name, router, scope)) is not None:
                return done
        passed = self.passed(node, scope)
        target = self.target(callee, scope)
        return passed or (f"{target}()" if not target.startswith("?") else None)

    def _method(self, node: Node, name: str, router: str, scope: Scope) -> str | None:
        if not self.sketch.is_known(router) and not router.endswith("()"):
            return None
        if name in {"Method", "MethodFunc", "Add", "Match"} or name in self.view.tables.verbs:
            return self._verb(node, name, router, scope)
        if name in {"Use", "Pre", "UseEncodedPath"}:
            self.sketch.guard(router, "", checks(positional(node)), node)
            return router
        if name in {"Mount", "Path"}:
            return self._mount(node, name, router, scope)
        return self._group(node, name, router, scope) if name in _GROUPS else None

    def _group(self, node: Node, name: str, router: str, scope: Scope) -> str:
        """Take a group; a function among the arguments gets it as its parameter."""
        given = positional(node)
        text = shown_text(given[0], self.view.facts) if given and name != "Host" else None
        prefix = self.template(text[0]) if text is not None and name != "Name" else ""
        rest = given[1:] if text is not None else given
        group = self.sketch.below(router, node, prefix, checks([one for one in rest if one.kind != "func"]))
        for one in rest:
            if one.kind == "func":
                self.give(one, 0, group)
            elif name == "Route" and one.kind in {"name", "attr"}:
                self.sketch.mount(group, f"{self.target(one, scope)}#0")
        return group

    def _mount(self, node: Node, name: str, router: str, scope: Scope) -> str | None:
        given = positional(node)
        text = shown_text(given[0], self.view.facts) if given else None
        if text is None:
            return None
        if name == "Path":
            number = self.sketch.route(Found(router, "ANY", self.template(text[0]), node))
            return f"{_ENTRY}{number}"
        child = self.value(given[1], scope) if len(given) > 1 else None
        if child is not None:
            self.sketch.mount(router, child, self.template(text[0]), at=node)
        return router

    def _verb(self, node: Node, name: str, router: str, scope: Scope) -> str | None:
        """Take what registers a route; return it, since more may be said of it."""
        given = positional(node)
        methods = [self.view.tables.verbs.get(name, "ANY")]
        if name in {"Method", "MethodFunc", "Add", "Match"} or (
            name in {"Handle", "Handler", "HandlerFunc"} and len(given) > 2
        ):
            methods = [_verb_name(one) for one in texts(given[0], self.view.facts)] if given else []
            methods = methods or [_constant_method(given[0])] if given else ["ANY"]
            given = given[1:]
        text = shown_text(given[0], self.view.facts) if given else None
        if text is None or len(given) < 2:
            return None
        path = text[0]
        first, space, rest = path.partition(" ")
        if space and first in _METHODS:
            methods, path = [first], rest.strip()
        path = (
            path[path.find("/") :]
            if "/" in path and not path.startswith("/") and "." in path.partition("/")[0]
            else path
        )
        framework = self.sketch.frameworks.get(router, "")
        own = given[1] if framework in _HANDLER_FIRST else given[-1]
        handler, target = self._handler(own, scope)
        params = inputs_of(own.kids[2], self.view) if own.kind == "func" else ()
        auth = checks(one for one in given[1:] if one is not own or one.kind == "call")
        number = -1
        for method in methods:
            number = self.sketch.route(
                Found(router, method, self.template(path), node, handler, target, framework, auth, params)
            )
        return f"{_ENTRY}{number}"

    def _handler(self, node: Node, scope: Scope) -> tuple[str, str]:
        """Return the name and the path of what handles a route, within what wraps it."""
        for _ in range(8):
            given = positional(node) if node.kind == "call" else []
            inner = next((one for one in reversed(given) if one.kind in {"name", "attr", "call", "func"}), None)
            if inner is None:
                break
            node = inner
        if node.kind == "func":
            return "(inline)", ""
        callee = node.kids[0] if node.kind == "call" else node
        return written(node), self.target(callee, scope)

    def _entry(self, node: Node, name: str, entry: str, scope: Scope) -> str:
        """Take what is said of a route after it: `.Methods("GET")`, `.HandlerFunc(h)`."""
        number = int(entry.removeprefix(_ENTRY))
        given = positional(node)
        if number < 0:
            return entry
        found = self.sketch.found[number]
        if name == "Methods":
            verbs = [text_of(one, self.view.facts) or _constant_method(one) for one in given]
            if verbs:
                self.sketch.found[number] = replace(found, method=_verb_name(verbs[0]))
            for verb in verbs[1:]:
                number = self.sketch.route(replace(found, method=_verb_name(verb)))
        elif name in {"HandlerFunc", "Handler"} and given:
            handler, target = self._handler(given[0], scope)
            params = inputs_of(given[0].kids[2], self.view) if given[0].kind == "func" else ()
            self.sketch.found[number] = replace(
                found, handler=handler, target=target, auth=checks(given), params=params
            )
        elif name == "Path" and given:
            self.sketch.found[number] = replace(found, path=self.template(text_of(given[0], self.view.facts) or ""))
        return entry


def _verb_name(text: str) -> str:
    return text.upper() or "ANY"


def _constant_method(node: Node) -> str:
    """Return the method that `http.MethodGet` names."""
    return name_of(node).removeprefix("Method").upper() or "ANY"


def _without_version(path: str) -> str:
    """Return a path of Go without the version in it: `github.com/go-chi/chi/v5.NewRouter`."""
    module, dot, name = path.rpartition(".")
    head, _, last = module.rpartition("/")
    module = head if last[:1] == "v" and last[1:].isdigit() else module
    return f"{module}{dot}{name}"
