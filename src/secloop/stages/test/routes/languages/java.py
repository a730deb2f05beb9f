"""Spring MVC, JAX-RS and servlets by their annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.model.surface import Handler, RouteParam
from secloop.stages.test.routes import paths
from secloop.stages.test.routes.inputs import inputs_of
from secloop.stages.test.routes.models import is_check
from secloop.stages.test.routes.sketch import Found, Scope
from secloop.stages.test.routes.values import items, name_of, named, positional, shown_text
from secloop.stages.test.routes.walk import Walker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.stages.test.sast.tree import Node

_JAXRS = frozenset({"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"})
_CLIENTS = frozenset({"FeignClient", "RegisterRestClient", "HttpExchange"})
_CONTROLLERS = frozenset(
    {"Controller", "RestController", "RequestMapping", "RepositoryRestController", "BasePathAwareController"}
)
_PARAMS = {
    "RequestParam": "query",
    "PathVariable": "path",
    "RequestBody": "body",
    "RequestHeader": "header",
    "CookieValue": "cookie",
    "RequestPart": "file",
    "ModelAttribute": "form",
    "QueryParam": "query",
    "PathParam": "path",
    "HeaderParam": "header",
    "CookieParam": "cookie",
    "FormParam": "form",
}
SERVLET = {
    "doGet": "GET",
    "doPost": "POST",
    "doPut": "PUT",
    "doDelete": "DELETE",
    "doHead": "HEAD",
    "doOptions": "OPTIONS",
    "service": "ANY",
}
"""What the methods of a servlet answer."""
_NO_CHECK = frozenset({"EnableGlobalMethodSecurity"})


class Java(Walker):
    """Java."""

    def template(self, path: str) -> str:
        """Return a path in the one form."""
        return paths.brace(path)

    def call(self, node: Node, scope: Scope, depth: int) -> str | None:  # noqa: ARG002 - routers are not made by calls
        """Return no router."""
        return None

    def function(self, node: Node, scope: Scope) -> None:
        """Walk what a function holds, for the classes in it."""
        self.statements(node.kids[2], Scope(self.named_function(node, scope), scope, scope.owner))

    def class_(self, node: Node, scope: Scope) -> None:
        """Note the routes that annotations of a class and its methods name."""
        marks = _annotations(node)
        name = node.kids[0].value or ""
        own = f"{scope.path}.{name}".strip(".")
        if not _CLIENTS.isdisjoint(marks) or len(node.kids) < 2:
            return
        auth = _checks(node)
        if "WebServlet" in marks:
            self._servlet(node, marks["WebServlet"], own, auth)
        elif _is_servlet(node):
            self.sketch.handlers.setdefault(own, self._servlet_handler(node, own, auth))
        prefixes = self._paths(marks.get("RequestMapping") or marks.get("Path")) or [""]
        framework = "jax-rs" if "Path" in marks and "RequestMapping" not in marks else "spring"
        for member in node.kids[1].kids:
            if member.kind == "func":
                for method, path, params in self._answers(member, framework, is_resource="Path" in marks):
                    every = (*auth, *_checks(member))
                    for prefix in prefixes:
                        whole = paths.join(prefix, path) if prefix else path
                        router = self.sketch.router(f"{own}.routes", framework)
                        self.sketch.route(
                            Found(
                                router,
                                method,
                                self.template(whole),
                                member,
                                f"{name}.{member.kids[0].value}",
                                "",
                                framework,
                                every,
                                params,
                            )
                        )

    def _paths(self, mark: Node | None) -> list[str]:
        """Return the paths that an annotation names."""
        if mark is None:
            return []
        found: list[str] = []
        for argument in mark.kids[1].kids:
            value = argument
            if argument.kind == "kwarg":
                if argument.kids[0].value not in {"value", "path", "urlPatterns"}:
                    continue
                value = argument.kids[1]
            for one in items(value):
                shown = shown_text(one, self.view.facts)
                found.append(shown[0] if shown is not None else f"{{{name_of(one)}}}")
        return found

    def _answers(
        self, node: Node, framework: str, *, is_resource: bool
    ) -> Iterator[tuple[str, str, tuple[RouteParam, ...]]]:
        """Yield the method and path of each route that a method of a class is."""
        marks = _annotations(node)
        params = (*_params(node), *inputs_of(node.kids[2], self.view))
        for name, mark in marks.items():
            verb = self.view.tables.verbs.get(name)
            if verb is not None:
                for path in self._paths(mark) or [""]:
                    for method in self._methods(mark) or [verb]:
                        yield method, path, params
            elif name in _JAXRS and (is_resource or "Path" in marks or framework == "jax-rs"):
                for path in self._paths(marks.get("Path")) or [""]:
                    yield name, path, params

    def _methods(self, mark: Node) -> list[str]:
        for argument in mark.kids[1].kids:
            if argument.kind == "kwarg" and argument.kids[0].value == "method":
                return [name_of(one).upper() for one in items(argument.kids[1])]
        return []

    def _servlet(self, node: Node, mark: Node, own: str, auth: tuple[str, ...]) -> None:
        """Take a servlet with its annotation."""
        handler = self._servlet_handler(node, own, auth)
        for member in node.kids[1].kids:
            method = SERVLET.get(member.kids[0].value or "") if member.kind == "func" else None
            if method is None:
                continue
            for path in self._paths(mark):
                router = self.sketch.router(f"{own}.routes", "servlet")
                name = f"{node.kids[0].value}.{member.kids[0].value}"
                params = inputs_of(member.kids[2], self.view) or handler.params
                self.sketch.route(Found(router, method, self.template(path), member, name, "", "servlet", auth, params))

    def _servlet_handler(self, node: Node, own: str, auth: tuple[str, ...]) -> Handler:
        methods: list[tuple[str, str, str]] = []
        params: list[RouteParam] = []
        for member in node.kids[1].kids:
            if member.kind == "func":
                params += inputs_of(member.kids[2], self.view)
                method = SERVLET.get(member.kids[0].value or "")
                methods += [(method, "", member.kids[0].value or "")] if method is not None else []
        return Handler(name=own, methods=tuple(methods), params=tuple(dict.fromkeys(params)), auth=auth)


def _annotations(node: Node) -> dict[str, Node]:
    """Return the annotations of a declaration by their last name."""
    return {
        name_of(one.kids[0]): one.kids[0] for one in named(node, "decorator") if one.kids and one.kids[0].kind == "call"
    }


def _checks(node: Node) -> tuple[str, ...]:
    """Return the annotations that are checks of who asks, as they are written."""
    out = []
    for name, mark in _annotations(node).items():
        if name in {"PreAuthorize", "PostAuthorize", "Secured"} or (
            is_check(name) and name not in _NO_CHECK and name != "Author"
        ):
            first = next(iter(positional(mark)), None)
            shown = [one.value for one in items(first) if one.kind == "str" and one.value] if first is not None else []
            out.append(f"@{name}({', '.join(shown)[:60]})" if shown else f"@{name}")
    return tuple(out)


def _is_servlet(node: Node) -> bool:
    return any(name_of(base.kids[0]).endswith("Servlet") for base in named(node, "base") if base.kids)


def _params(node: Node) -> tuple[RouteParam, ...]:
    out = []
    for param in node.kids[1].kids:
        for name, mark in _annotations(param).items():
            source = _PARAMS.get(name)
            if source is not None and param.kids:
                given = next((one for one in mark.kids[1].kids if one.kind == "str"), None)
                for one in mark.kids[1].kids:
                    if one.kind == "kwarg" and one.kids[0].value in {"value", "name"} and one.kids[1].kind == "str":
                        given = one.kids[1]
                own = given.value if given is not None and given.value else name_of(param.kids[0])
                out.append(RouteParam(name=own, source=source))
    return tuple(out)
