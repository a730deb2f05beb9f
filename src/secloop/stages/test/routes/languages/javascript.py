"""Express, Koa's router, Fastify and Hapi by their calls, Nest by its decorators, Next by where a file lies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secloop.model.surface import RouteParam
from secloop.stages.test.routes import paths
from secloop.stages.test.routes.inputs import inputs_of
from secloop.stages.test.routes.sketch import Found, Scope, checks
from secloop.stages.test.routes.values import items, keyword, name_of, named, pair, positional, text_of, texts, written
from secloop.stages.test.routes.walk import Walker
from secloop.stages.test.sast.constants import path_of

if TYPE_CHECKING:
    from secloop.stages.test.routes.sketch import Sketch
    from secloop.stages.test.routes.view import View
    from secloop.stages.test.sast.tree import Node

_SAME = frozenset({"routes", "middleware", "callback", "prefix", "decorate", "listen", "withTypeProvider"})
_HOOKS = ("preHandler", "onRequest", "preValidation", "beforeHandler", "pre")
_NEST = {
    "Get": "GET",
    "Post": "POST",
    "Put": "PUT",
    "Delete": "DELETE",
    "Patch": "PATCH",
    "Head": "HEAD",
    "Options": "OPTIONS",
    "All": "ANY",
}
_NEST_PARAMS = {"Param": "path", "Query": "query", "Body": "body", "Headers": "header", "UploadedFile": "file"}
_NEST_ROOT = "@nestjs/app"
_PAGES = re.compile(r"(?:^|/)pages/api/(?P<path>.+)\.[jt]sx?$")
_APP = re.compile(r"(?:^|/)app/(?P<path>(?:.+/)?)(?P<what>route|page)\.[jt]sx?$")
_GROUPS = re.compile(r"(?:^|(?<=/))(?:\([^/]*\)|@[^/]*)/")
_HTTP = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_FUNCTIONS = frozenset({"func", "name", "attr", "call", "index"})


class JavaScript(Walker):
    """JavaScript and TypeScript."""

    def __init__(self, view: View) -> None:
        """Begin at the top of a file."""
        super().__init__(view)
        self._exported: dict[int, str] = {}
        self._cursors: set[str] = set()

    def run(self) -> Sketch:
        """Walk the file, and look at where it lies."""
        super().run()
        self._next()
        return self.sketch

    def template(self, path: str) -> str:
        """Return a path in the one form."""
        return paths.colon(path)

    # -- calls

    def call(self, node: Node, scope: Scope, depth: int) -> str | None:
        """Return the router that a call makes, and note what it says of routers."""
        callee = node.kids[0]
        made = self.view.tables.makers.get(self.view.imported(callee) or self.view.required(callee))
        if made is not None:
            return self.made(node, made, scope)
        module = self.view.required(node)
        if module:
            return module
        if callee.kind != "attr":
            passed = self.passed(node, scope)
            target = self.target(callee, scope)
            return passed or (f"{target}()" if target and not target.startswith("?") else None)
        name = callee.kids[1].value or ""
        if name == "Router" and "express" in {name_of(callee.kids[0]), self.view.required(callee.kids[0])}:
            return self.sketch.router(f"{scope.path}@{node.start}", "express")
        router = self._receiver(callee.kids[0], scope, depth)
        if router is not None and (done := self._method(node, name, router, scope)):
            return done
        self.passed(node, scope)
        if name == "setGlobalPrefix" and (prefix := self._text(node, 0)):
            self.sketch.mount(self.sketch.router(_NEST_ROOT, "nest"), f"{_NEST_ROOT}/routes", prefix)
        return None

    def _receiver(self, node: Node, scope: Scope, depth: int) -> str | None:
        found = self.value(node, scope, depth)
        if found is not None:
            return found
        last = name_of(node) if node.kind in {"name", "attr"} else ""
        hidden = node.kind == "name" and scope.get(last) == ""
        if last in self.view.tables.parents and (node.kind == "name" or (path_of(node) or "").startswith("this.")):
            return f"{scope.path if hidden else self.view.module}.{last}?"
        return None

    def _method(self, node: Node, name: str, router: str, scope: Scope) -> str | None:
        """Return the router that a method of a router gives back; None where it is no method we know."""
        if name in self.view.tables.verbs:
            return self._verb(node, self.view.tables.verbs[name], router, scope)
        if name == "route":
            return self._route(node, router, scope)
        if name == "use":
            self._use(node, router, scope)
            return router
        if name == "register":
            self._register(node, router, scope)
        elif name == "addHook":
            self.sketch.guard(router, "", checks(positional(node)[1:]), node)
        if name == "prefix" and (prefix := self._text(node, 0)) and self.sketch.is_known(router):
            return self.sketch.below(router, node, self.template(prefix))
        return router if name in _SAME | {"register", "addHook"} else None

    def _text(self, node: Node, number: int) -> str | None:
        given = positional(node)
        return text_of(given[number], self.view.facts) if number < len(given) else None

    def _verb(self, node: Node, method: str, router: str, scope: Scope) -> str | None:
        given = positional(node)
        sure = self.sketch.is_known(router)
        where = self._paths(given[0]) if given else []
        if router in self._cursors:
            where = [""]
        else:
            if sure and len(given) > 1 and not where and given[0].kind in {"name", "attr"}:
                where = [f"/{{{name_of(given[0])}}}"]
            given = given[1:]
        if not where or not given or given[-1].kind not in _FUNCTIONS | {"list", "object", "as_expression"}:
            return None
        if not sure and not (where[0].startswith("/") or where[0] in {"", "*"}):
            return None
        handler, auth, params, target = self._handlers(given, scope)
        for path in where:
            self.sketch.route(Found(router, method, path, node, handler, target, self._framework(), auth, params, sure))
        return router

    def _framework(self) -> str:
        known = dict.fromkeys(self.sketch.frameworks.values())
        return next((one for one in known if one), "express")

    def _paths(self, node: Node) -> list[str]:
        if node.kind == "regex":
            return [paths.regex(node.kids[0].value or "")] if node.kids else []
        return [self.template(one) for one in texts(node, self.view.facts)]

    def _handlers(self, given: list[Node], scope: Scope) -> tuple[str, tuple[str, ...], tuple[RouteParam, ...], str]:
        """Return of what handles a route: its name, the checks before it, the parameters it reads, its path."""
        steps = [one for node in given for one in items(node)]
        options = next((one for one in steps if one.kind == "object"), None)
        if options is not None:
            steps = [
                *(hook for key in _HOOKS if (hook := pair(options, key)) is not None),
                *(s for s in steps if s is not options),
            ]
            own = pair(options, "handler")
            steps += [own] if own is not None else []
        if not steps:
            return "", (), (), ""
        last = _unwrapped(steps[-1])
        auth = checks(steps[:-1] if last.kind != "call" else steps)
        params = tuple(
            dict.fromkeys(p for one in steps if one.kind == "func" for p in inputs_of(one.kids[2], self.view))
        )
        if last.kind == "func":
            return last.kids[0].value or "(inline)", auth, params, ""
        callee = last.kids[0] if last.kind == "call" else last
        target = self.target(callee, scope)
        if last.kind == "call" and name_of(callee) == "bind" and callee.kind == "attr":
            target, callee = self.target(callee.kids[0], scope), callee.kids[0]
        return written(last) if callee is not last else written(callee), auth, params, target

    def _route(self, node: Node, router: str, scope: Scope) -> str | None:
        """Take `router.route("/x")`, which is a router of its own, or the object that describes a route."""
        given = positional(node)
        if given and given[0].kind in {"object", "list"} and not texts(given[0], self.view.facts):
            for one in items(given[0]):
                self._described(one, router, scope)
            return router
        where = self._paths(given[0]) if given else []
        if not where:
            return None
        cursor = self.sketch.below(router, node, where[0])
        self._cursors.add(cursor)
        return cursor

    def _described(self, node: Node, router: str, scope: Scope) -> None:
        method, url = pair(node, "method"), pair(node, "path") or pair(node, "url")
        where = self._paths(url) if url is not None else []
        if method is None or not where:
            return
        options = pair(node, "options") or pair(node, "config")
        steps = [
            hook
            for source in (node, options)
            if source is not None
            for key in _HOOKS
            if (hook := pair(source, key)) is not None
        ]
        own = pair(node, "handler") or (pair(options, "handler") if options is not None else None)
        handler, auth, params, target = self._handlers([*steps, *([own] if own is not None else [])], scope)
        check = pair(options, "auth") if options is not None else None
        if check is not None and not (check.kind == "const" and check.value == "false"):
            known = text_of(check, self.view.facts)
            auth = (*auth, f"auth: {known}" if known else "auth")
        for verb in texts(method, self.view.facts) or ["ANY"]:
            name = "ANY" if verb == "*" else verb.upper()
            self.sketch.route(Found(router, name, where[0], node, handler, target, self._framework(), auth, params))

    def _use(self, node: Node, router: str, scope: Scope) -> None:
        """Take `app.use("/x", check, sub)`."""
        given = positional(node)
        where = self._paths(given[0]) if given else []
        steps = [one for argument in (given[1:] if where else given) for one in items(argument)]
        auth = checks(steps)
        below = [
            child
            for one in steps
            if one.kind not in {"func", "object"} and (child := self._child(one, scope)) is not None
        ]
        for prefix in where or [""]:
            for child in below:
                self.sketch.mount(router, child, prefix, checks(steps[:-1]), at=node)
            self.sketch.guard(router, prefix, auth, node)

    def _child(self, node: Node, scope: Scope) -> str | None:
        found = self.value(node, scope)
        if (
            found is None
            and node.kind == "call"
            and node.kids[0].kind == "attr"
            and node.kids[0].kids[1].value in _SAME
        ):
            return self.value(node.kids[0].kids[0], scope)
        return found

    def _register(self, node: Node, router: str, scope: Scope) -> None:
        """Take `fastify.register(plugin, {prefix: "/x"})`; the plugin's first parameter is a router below."""
        given = positional(node)
        if not given:
            return
        prefix = keyword(node, "prefix")
        text = (text_of(prefix, self.view.facts) or "") if prefix is not None else ""
        plugin = given[0]
        if plugin.kind == "func":
            self.give(plugin, 0, self.sketch.below(router, node, self.template(text)))
            return
        target = self.view.required(plugin) or self.target(plugin, scope)
        if target and not target.startswith("?"):
            self.sketch.mount(router, f"{target}#0", self.template(text), at=node)

    # -- modules and functions

    def named_function(self, node: Node, scope: Scope) -> str:
        """Return the dotted path of a function; what a module exports alone has the module's."""
        if id(node) in self._exported:
            return self._exported[id(node)]
        exported = any(opt.value == "export" for opt in node.opts if opt.kind == "mod")
        if exported and not node.kids[0].value:
            return self.view.module
        return super().named_function(node, scope)

    def assign(self, node: Node, scope: Scope) -> None:
        """Note what a name is given; what is exported alone stands for the module."""
        super().assign(node, scope)
        if len(node.kids) < 2:
            return
        path, source = path_of(node.kids[0]) or "", node.kids[1]
        if source.kind == "func" and path:
            own = (
                self.view.module
                if path == "module.exports"
                else f"{scope.path}.{path.removeprefix('module.').removeprefix('exports.')}"
            )
            self._exported[id(source)] = own
        if path in {"module.exports", "exports.default", "exports"}:
            router = self.value(source, scope)
            if router is not None:
                self.sketch.alias(self.view.module, router)

    def other(self, node: Node, scope: Scope) -> None:
        """Take `export default router`."""
        if node.kind == "export" and node.value == "export default" and node.kids:
            router = self.value(node.kids[0], scope)
            if router is not None:
                self.sketch.alias(self.view.module, router)
            elif node.kids[0].kind == "name":
                for number in range(2):
                    self.sketch.alias(
                        f"{self.view.module}#{number}", f"{self.view.module}.{node.kids[0].value}#{number}"
                    )

    def declared(self, node: Node, scope: Scope) -> None:
        """Let a first parameter that is called like a router be one; note what a handler reads."""
        for number, param in enumerate(node.kids[1].kids[:2]):
            name = param.kids[0].value if param.kids and param.kids[0].kind == "name" else None
            if name in self.view.tables.parents and not scope.names.get(name or ""):
                scope.names[name or ""] = self.sketch.router(f"{scope.path}#{number}", "")
        self.handle(node, scope)

    # -- Nest

    def class_(self, node: Node, scope: Scope) -> None:  # noqa: ARG002 - the walker's
        """Take a class with `@Controller`."""
        marks = {name_of(one.kids[0]): one.kids[0] for one in named(node, "decorator") if one.kids}
        controller = marks.get("Controller")
        if controller is None or controller.kind != "call":
            return
        options = keyword(controller, "path")
        given = positional(controller)
        where = (
            texts(options if options is not None else given[0], self.view.facts)
            if options is not None or given
            else [""]
        )
        auth = tuple(check for one in named(node, "decorator") for check in checks([one]))
        for member in node.kids[1].kids:
            if member.kind == "func":
                for prefix in where or [""]:
                    self._nest(member, prefix, auth, node.kids[0].value or "")

    def _nest(self, node: Node, prefix: str, auth: tuple[str, ...], owner: str) -> None:
        for mark in named(node, "decorator"):
            call = mark.kids[0] if mark.kids else mark
            method = _NEST.get(name_of(call))
            if method is None or call.kind != "call":
                continue
            given = positional(call)
            own = tuple(check for one in named(node, "decorator") for check in checks([one]))
            for path in (texts(given[0], self.view.facts) if given else []) or [""]:
                whole = paths.join(prefix, path) if path.strip("/") else paths.join("", prefix)
                router = self.sketch.router(f"{_NEST_ROOT}/routes", "nest")
                self.sketch.route(
                    Found(
                        router,
                        method,
                        self.template(whole),
                        node,
                        f"{owner}.{node.kids[0].value}",
                        "",
                        "nest",
                        (*auth, *own),
                        _nest_params(node),
                    )
                )

    # -- Next

    def _next(self) -> None:
        page, app = _PAGES.search(self.view.path), _APP.search(self.view.path)
        root = self.view.root
        if page is not None and any(self._exports(node, "default") for node in root.walk()):
            path = paths.bracket(f"/api/{page['path']}").removesuffix("/index")
            self._at(path, "ANY", root, inputs_of(root, self.view))
        elif app is not None:
            path = paths.bracket("/" + _GROUPS.sub("", app["path"])).rstrip("/") or "/"
            if app["what"] == "page":
                self._at(path, "GET", root, ())
                return
            for node in root.walk():
                for method in _HTTP:
                    if self._exports(node, method):
                        self._at(path, method, node, inputs_of(node, self.view))

    def _exports(self, node: Node, name: str) -> bool:
        if name == "default":
            return (node.kind == "export" and (node.value or "").endswith("default")) or (
                node.kind == "func" and any(opt.value == "export" for opt in node.opts)
            )
        is_exported = any(opt.kind == "mod" and opt.value == "export" for opt in node.opts)
        return is_exported and node.kind in {"func", "assign"} and node.kids[0].value == name

    def _at(self, path: str, method: str, node: Node, params: tuple[RouteParam, ...]) -> None:
        router = self.sketch.router(f"{self.view.module}.next", "next")
        handler = method if method != "ANY" else "default"
        self.sketch.route(Found(router, method, path, node, handler, "", "next", (), params))


def _unwrapped(node: Node) -> Node:
    """Return what a call wraps that takes a handler and nothing else: `asyncHandler(getUser())`."""
    for _ in range(4):
        given = positional(node) if node.kind == "call" else []
        if len(given) != 1 or given[0].kind not in {"call", "func"}:
            break
        node = given[0]
    return node


def _nest_params(node: Node) -> tuple[RouteParam, ...]:
    out = []
    for param in node.kids[1].kids:
        for mark in named(param, "decorator"):
            call = mark.kids[0] if mark.kids else mark
            source = _NEST_PARAMS.get(name_of(call))
            if source is not None and call.kind == "call":
                given = positional(call)
                own = given[0].value if given and given[0].kind == "str" else None
                out.append(RouteParam(name=own or name_of(param.kids[0]) or source, source=source))
    return tuple(out)
