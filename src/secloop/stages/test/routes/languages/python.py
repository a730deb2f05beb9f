"""Flask, FastAPI, Starlette, aiohttp, Tornado, Sanic by decorators and calls; Django's URL lists; views by class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.model.surface import Handler, RouteParam
from secloop.stages.test.routes import paths
from secloop.stages.test.routes.inputs import inputs_of
from secloop.stages.test.routes.languages.fastapi import params_of
from secloop.stages.test.routes.languages.urls import LISTS, entries
from secloop.stages.test.routes.link import ACTIONS
from secloop.stages.test.routes.sketch import Found, Scope, checks
from secloop.stages.test.routes.values import (
    items,
    keyword,
    name_of,
    named,
    path_shown,
    positional,
    shown_text,
    text_of,
    texts,
    written,
)
from secloop.stages.test.routes.walk import Walker
from secloop.stages.test.sast.constants import path_of

if TYPE_CHECKING:
    from secloop.stages.test.sast.tree import Node

_VIEW_METHODS = {
    "get": "GET",
    "post": "POST",
    "put": "PUT",
    "patch": "PATCH",
    "delete": "DELETE",
    "head": "HEAD",
    "options": "OPTIONS",
}
_MOUNTS = {
    "include_router": "prefix",
    "register_blueprint": "url_prefix",
    "mount": "",
    "add_subapp": "",
    "blueprint": "url_prefix",
    "include_app": "prefix",
}
_ADDERS = {
    "add_url_rule",
    "add_api_route",
    "add_route",
    "add_resource",
    "add_namespace",
    "add_websocket_route",
    "add_api_websocket_route",
}
_ADD_VERBS = {f"add_{name}": method for name, method in _VIEW_METHODS.items()} | {"add_view": "ANY"}
_REQUIRED = {"require_GET": ("GET",), "require_POST": ("POST",), "require_safe": ("GET", "HEAD")}
_NO_REQUEST = frozenset({"self", "request", "req", "cls"})


class Python(Walker):
    """Python."""

    def template(self, path: str) -> str:
        """Return a path in the one form."""
        return paths.brace(paths.angle(path))

    # -- calls

    def call(self, node: Node, scope: Scope, depth: int) -> str | None:
        """Return the router that a call makes, and note what it says of routers."""
        callee = node.kids[0]
        imported = self.view.imported(callee)
        made = self.view.tables.makers.get(imported) or self.view.tables.makers.get(_shortened(imported))
        if made is not None:
            router = self.made(node, made, scope)
            self._listed(node, router, scope)
            return router
        if imported.startswith("tornado.") and name_of(callee) == "Application":
            return self._listed(node, self.sketch.router(f"{scope.path}@{node.start}", "tornado"), scope)
        if callee.kind == "attr":
            owner = self._receiver(callee.kids[0], scope, depth)
            if owner is not None and self._method(node, callee.kids[1].value or "", owner, scope):
                return owner
        passed = self.passed(node, scope)
        target = self.target(callee, scope)
        return passed or (f"{target}()" if imported or self._is_function(callee) else None)

    def _is_function(self, callee: Node) -> bool:
        return callee.kind == "name" and callee.value in self._functions

    @property
    def _functions(self) -> frozenset[str]:
        known: frozenset[str] | None = self.__dict__.get("_own")
        if known is None:
            known = frozenset(kid.kids[0].value or "" for kid in self.view.root.kids if kid.kind == "func")
            self.__dict__["_own"] = known
        return known

    def _receiver(self, node: Node, scope: Scope, depth: int) -> str | None:
        found = self.value(node, scope, depth)
        if found is not None:
            return found
        if node.kind == "attr" and node.kids[1].value == "router":  # aiohttp: app.router.add_get
            return self._receiver(node.kids[0], scope, depth - 1) if depth else None
        last = name_of(node) if node.kind in {"name", "attr"} else ""
        return f"{self.view.module}.{last}?" if last in self.view.tables.parents else None

    def _listed(self, node: Node, router: str, scope: Scope) -> str:
        """Take the routes that stand in the call that makes a router."""
        for one in [*positional(node), keyword(node, "routes"), keyword(node, "handlers")]:
            if one is not None and one.kind in {"list", "name", "binary"}:
                entries(self, one, router, scope)
        return router

    def _method(self, node: Node, name: str, router: str, scope: Scope) -> bool:
        """Take a method of a router; says whether it is one that we know."""
        given = positional(node)
        if name in _MOUNTS and given:
            self._mount(node, name, router, scope)
        elif name in _ADDERS and given:
            self._add(node, name, router, scope)
        elif name in _ADD_VERBS and len(given) > 1:
            self._added(node, given[0], given[1], [_ADD_VERBS[name]], router, scope)
        elif name == "add_routes" and given:
            entries(self, given[0], router, scope)
        elif name == "register" and len(given) > 1:
            self._register(node, router, scope)
        elif name in {"append", "extend", "insert"} and given and self.sketch.is_known(router):
            entries(self, given[-1], router, scope)
        else:
            return False
        return True

    def _mount(self, node: Node, name: str, router: str, scope: Scope) -> None:
        """Take what serves one router below another."""
        given = positional(node)
        at = _MOUNTS[name]
        child: Node = given[0] if at else given[-1]
        prefix: Node | None = keyword(node, at) if at else given[0]
        if not at and len(given) < 2:
            child = keyword(node, "app") or child
        target = self.value(child, scope)
        if target is None:
            return
        text = path_shown(prefix, self.view.facts) if prefix is not None else ""
        auth = keyword(node, "dependencies")
        self.sketch.mount(
            router,
            target,
            self.template(text),
            checks([auth]) if auth is not None else (),
            replaces=at == "url_prefix" and prefix is not None,
        )

    def _add(self, node: Node, name: str, router: str, scope: Scope) -> None:
        """Take `add_url_rule(path, ..., view_func=f)`, and its like."""
        given = positional(node)
        if name == "add_resource":
            for where in given[1:]:
                self._added(node, where, given[0], ["ANY"], router, scope)
            return
        if name == "add_namespace":
            child, path = self.value(given[0], scope), (given[1] if len(given) > 1 else keyword(node, "path"))
            if child is not None:
                self.sketch.mount(
                    router,
                    child,
                    (text_of(path, self.view.facts) or "") if path is not None else "",
                    replaces=path is not None,
                )
            return
        view = (
            keyword(node, "view_func")
            or keyword(node, "handler")
            or keyword(node, "endpoint")
            or (given[-1] if len(given) > 1 else None)
        )
        first = given[0]
        methods = keyword(node, "methods")
        verbs = texts(methods, self.view.facts) if methods is not None else []
        if name == "add_route" and len(given) > 2:  # aiohttp: method, path, handler
            verbs, first, view = texts(given[0], self.view.facts), given[1], given[2]
        default = (
            "GET" if name in {"add_url_rule", "add_api_route"} and (view is None or view.kind != "call") else "ANY"
        )
        self._added(
            node, first, view, ["ANY" if verb == "*" else verb.upper() for verb in verbs] or [default], router, scope
        )

    def _added(self, node: Node, path: Node, view: Node | None, methods: list[str], router: str, scope: Scope) -> None:
        text = shown_text(path, self.view.facts)
        if text is None or view is None:
            return
        handler, target, auth = self.view_of(view, scope)
        for method in methods:
            self.sketch.route(
                Found(
                    router,
                    method,
                    self.template(text[0]),
                    node,
                    handler,
                    target,
                    auth=auth,
                    sure=self.sketch.is_known(router),
                )
            )

    def _register(self, node: Node, router: str, scope: Scope) -> None:
        """Take `router.register("users", UserViewSet)` of Django REST framework."""
        given = positional(node)
        path = text_of(given[0], self.view.facts)
        if path is None or not self.sketch.is_known(router) or self.sketch.frameworks.get(router) not in {"django", ""}:
            return
        handler, target, auth = self.view_of(given[1], scope)
        whole = paths.regex(path).strip("/")
        self.sketch.route(Found(router, "SET", f"{whole}/" if whole else "", node, handler, target, auth=auth))

    def view_of(self, node: Node, scope: Scope) -> tuple[str, str, tuple[str, ...]]:
        """Return the name, the path and the checks of what handles a route, within what wraps it."""
        auth: tuple[str, ...] = ()
        for _ in range(8):
            if node.kind != "call":
                break
            callee = node.kids[0]
            if callee.kind == "attr" and callee.kids[1].value in {"as_view", "as_asgi"}:
                auth += checks(
                    kid.kids[0]
                    for kid in node.kids[1].kids
                    if kid.kind == "kwarg" and kid.kids[0].value == "permission_classes"
                )
                node = callee.kids[0]
                break
            auth += checks([callee]) if callee.kind != "call" else checks([callee.kids[0]])
            given = positional(node)
            if not given:
                break
            node = given[-1]
        if node.kind == "str":  # Django once took views by their path
            return node.value or "", node.value or "", auth
        return written(node) or "(inline)", self.target(node, scope) if path_of(node) else "", auth

    # -- assignments: lists of routes by name

    def assign(self, node: Node, scope: Scope) -> None:
        """Note routers, and lists of routes."""
        super().assign(node, scope)
        if len(node.kids) < 2 or node.kids[0].kind != "name":
            return
        name = node.kids[0].value or ""
        source = node.kids[1]
        if name == "urlpatterns" or (source.kind in {"list", "tuple", "binary"} and self._holds_routes(source)):
            router = self.sketch.router(f"{scope.path}.{name}", "")
            scope.names[name] = router
            if name == "urlpatterns":
                self.sketch.alias(f"{self.view.module}#urls", router)
            entries(self, source, router, scope)

    def _holds_routes(self, node: Node) -> bool:
        elements = [one for part in (node.kids if node.kind == "binary" else [node]) for one in items(part)][:50]
        return any(one.kind == "call" and self.view.imported(one.kids[0]) in LISTS for one in elements)

    # -- functions and classes

    def declared(self, node: Node, scope: Scope) -> None:
        """Note the routes that decorators of a function name, and what the function says of itself."""
        for number, param in enumerate(node.kids[1].kids):
            name = param.kids[0].value if param.kids and param.kids[0].kind == "name" else None
            if name in self.view.tables.parents and not scope.names.get(name or ""):
                scope.names[name or ""] = self.sketch.router(f"{scope.path}#{number}", "")
        marks = list(named(node, "decorator"))
        auth = tuple(check for one in marks for check in checks([one]) if not self._is_route(one, scope))
        params = inputs_of(node.kids[2], self.view)
        own, more = params_of(node, self.view)
        self._decorated(node, scope, auth + more, params, own)
        methods = [m for one in marks for m in self._required(one)]
        if node.kids[0].value and (auth or params or methods) and scope.parent is not None:
            handler = Handler(
                name=scope.path,
                methods=tuple((m, "", m.lower()) for m in dict.fromkeys(methods)),
                params=params,
                auth=auth,
            )
            self.sketch.handlers.setdefault(scope.path, handler)

    def _required(self, mark: Node) -> tuple[str, ...]:
        call = mark.kids[0] if mark.kids else mark
        name = name_of(call)
        if name in {"require_http_methods", "api_view"} and call.kind == "call":
            given = positional(call)
            return tuple(verb.upper() for verb in texts(given[0], self.view.facts)) if given else ("GET",)
        return _REQUIRED.get(name, ())

    def _is_route(self, mark: Node, scope: Scope) -> bool:
        call = mark.kids[0] if mark.kids else mark
        callee = call.kids[0] if call.kind == "call" else call
        return (
            callee.kind == "attr"
            and callee.kids[1].value in self.view.tables.verbs
            and self._receiver(callee.kids[0], scope, 9) is not None
        )

    def _decorated(
        self,
        node: Node,
        scope: Scope,
        auth: tuple[str, ...],
        params: tuple[RouteParam, ...],
        own: tuple[RouteParam, ...],
    ) -> None:
        outer = scope.parent or scope
        for mark in named(node, "decorator"):
            call = mark.kids[0] if mark.kids else mark
            if not self._is_route(mark, outer) or call.kind != "call":
                continue
            callee = call.kids[0]
            router = self._receiver(callee.kids[0], outer, 9) or ""
            given = positional(call)
            where = given[0] if given else keyword(call, "path") or keyword(call, "rule") or keyword(call, "uri")
            sure = self.sketch.is_known(router)
            text = path_shown(where, self.view.facts) if where is not None else None
            if text is None or (not sure and not text.startswith("/")):
                continue
            framework = self.sketch.frameworks.get(router) or self._framework()
            depends = keyword(call, "dependencies")
            every = (*(checks([depends]) if depends is not None else ()), *auth)
            for method in self._methods(call, callee.kids[1].value or ""):
                name = node.kids[0].value or ""
                target = f"{outer.path}.{name}" if node.kind == "class" else ""
                seen = (*own, *params) if framework == "fastapi" else params
                self.sketch.route(
                    Found(
                        router,
                        method,
                        self.template(text),
                        node,
                        name,
                        target,
                        framework,
                        every,
                        seen,
                        sure or name_of(callee.kids[0]) in self.view.tables.parents,
                    )
                )

    def _framework(self) -> str:
        roots = {target.partition(".")[0] for target in self.view.imports.values()}
        return next(
            (one for one in ("flask", "quart", "fastapi", "sanic", "aiohttp", "bottle", "starlette") if one in roots),
            "",
        )

    def _methods(self, call: Node, name: str) -> list[str]:
        methods = keyword(call, "methods") or keyword(call, "method")
        if methods is not None:
            return [verb.upper() for verb in texts(methods, self.view.facts)] or ["ANY"]
        given = positional(call)
        if name == "route" and len(given) > 1 and (verbs := texts(given[1], self.view.facts)):
            return [verb.upper() for verb in verbs]
        return [self.view.tables.verbs.get(name, "ANY")]

    def class_(self, node: Node, scope: Scope) -> None:
        """Note what a class of views says of itself, and the routes that its decorators name."""
        name = f"{scope.path}.{node.kids[0].value}"
        bases = tuple(
            self.target(base.kids[0], scope) for base in named(node, "base") if base.kids and path_of(base.kids[0])
        )
        methods: list[tuple[str, str, str]] = []
        auth = [check for one in named(node, "decorator") for check in checks([one])]
        params: list[RouteParam] = []
        for member in node.kids[1].kids:
            if member.kind == "func":
                methods += self._answers(member)
                params += inputs_of(member.kids[2], self.view) if methods else ()
            auth += _class_checks(member)
        if methods or auth or bases:
            handler = Handler(
                name=name,
                methods=tuple(methods),
                params=tuple(dict.fromkeys(params))[:60],
                auth=tuple(auth),
                bases=bases,
            )
            self.sketch.handlers.setdefault(name, handler)
        marks = [one for one in named(node, "decorator") if self._is_route(one, scope)]
        if marks:
            self._decorated_class(node, scope, marks)

    def _decorated_class(self, node: Node, scope: Scope, marks: list[Node]) -> None:
        name = node.kids[0].value or ""
        for mark in marks:
            call = mark.kids[0]
            router = self._receiver(call.kids[0].kids[0], scope, 9) or ""
            for path in positional(call):
                text = text_of(path, self.view.facts)
                if text is not None:
                    self.sketch.route(
                        Found(
                            router,
                            "ANY",
                            self.template(text),
                            node,
                            name,
                            f"{scope.path}.{name}",
                            self.sketch.frameworks.get(router) or self._framework(),
                            sure=True,
                        )
                    )

    def _answers(self, node: Node) -> list[tuple[str, str, str]]:
        """Return what a method of a class answers."""
        name = node.kids[0].value or ""
        if name in _VIEW_METHODS:
            return [(_VIEW_METHODS[name], "", name)]
        if name in ACTIONS:
            return [(*ACTIONS[name], name)]
        for mark in named(node, "decorator"):
            call = mark.kids[0] if mark.kids else mark
            if name_of(call) in {"action", "detail_route", "list_route"} and call.kind == "call":
                detail = keyword(call, "detail")
                whole = name_of(call) == "detail_route" or (detail is not None and detail.value == "true")
                methods = keyword(call, "methods")
                path = keyword(call, "url_path")
                own = (text_of(path, self.view.facts) if path is not None else None) or name
                end = f"{'{pk}/' if whole else ''}{paths.regex(own)}/"
                return [
                    (verb.upper(), end, name)
                    for verb in (texts(methods, self.view.facts) if methods is not None else ["GET"])
                ]
        return []


def _class_checks(member: Node) -> tuple[str, ...]:
    """Return the checks that a class names: `permission_classes = [...]`, `decorators = [...]`."""
    inner = member.kids[0] if member.kind == "expr" and member.kids else member
    if inner.kind != "assign" or len(inner.kids) != 2:
        return ()
    if inner.kids[0].value not in {
        "permission_classes",
        "authentication_classes",
        "decorators",
        "method_decorators",
        "permission_required",
    }:
        return ()
    return tuple(
        text for one in items(inner.kids[1]) if (text := written(one) or (one.value if one.kind == "str" else ""))
    )


def _shortened(path: str) -> str:
    """Return a path without the modules between a package and a class: `aiohttp.web_app.Application`."""
    first, _, rest = path.partition(".")
    return f"{first}.{rest.rpartition('.')[2]}" if rest else path
