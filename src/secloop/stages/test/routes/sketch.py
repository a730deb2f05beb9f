"""What is known of a file's routers while it is walked: scopes, routers by name, and the routes found so far."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from msgspec.structs import replace as replaced

from secloop.model.surface import Handler, Mount, Route, RouteGuard, RouteParam, Router, Served, Surface
from secloop.stages.test.routes.models import is_check
from secloop.stages.test.routes.paths import parameters
from secloop.stages.test.routes.values import written

if TYPE_CHECKING:
    from collections.abc import Iterable

    from secloop.stages.test.routes.view import View
    from secloop.stages.test.sast.tree import Node

MOST = 5_000
LONGEST_NAME = 100


@dataclass
class Scope:
    """Names that hold in a function or a file; `path` is its dotted path."""

    path: str
    parent: Scope | None = None
    owner: str = ""
    names: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str | None:
        """Return the router that a name stands for."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.parent
        return None


@dataclass(frozen=True)
class Found:
    """A route as it is found, without what the whole tree knows of it."""

    router: str
    method: str
    path: str
    node: Node
    handler: str = ""
    target: str = ""
    framework: str = ""
    auth: tuple[str, ...] = ()
    params: tuple[RouteParam, ...] = ()
    sure: bool = True


class Sketch:
    """The surface of one file in the making."""

    def __init__(self, view: View) -> None:
        """Begin empty."""
        self.view = view
        self.routers: dict[str, Router] = {}
        self.frameworks: dict[str, str] = {}
        self.found: list[Found] = []
        self.mounts: list[Mount] = []
        self.guards: list[RouteGuard] = []
        self.handlers: dict[str, Handler] = {}
        self.constants: dict[str, str] = {}

    def router(self, name: str, framework: str, prefix: str = "", auth: tuple[str, ...] = ()) -> str:
        """Note a router; return its name."""
        if len(self.routers) < MOST:
            self.routers.setdefault(name, Router(name=name, prefix=prefix, auth=auth))
            self.frameworks.setdefault(name, framework)
        return name

    def below(self, parent: str, node: Node, prefix: str, auth: tuple[str, ...] = ()) -> str:
        """Note a group of routes below a router; return its name."""
        name = f"{parent}@{node.start}.{node.end}"
        self.router(name, self.frameworks.get(parent, ""))
        self.mount(parent, name, prefix, auth, at=node)
        return name

    def mount(
        self,
        parent: str,
        child: str,
        prefix: str = "",
        auth: tuple[str, ...] = (),
        *,
        replaces: bool = False,
        at: Node | None = None,
    ) -> None:
        """Note that one router is served below another, from where it is said on."""
        if parent != child and len(self.mounts) < MOST:
            line = self.view.line(at) if at is not None else 0
            self.mounts.append(
                Mount(parent=parent, child=child, prefix=prefix, auth=auth, replaces=replaces, line=line)
            )

    def alias(self, name: str, router: str) -> None:
        """Note another name of a router."""
        if name != router:
            self.mount(name, router, ALIAS)

    def guard(self, router: str, prefix: str, auth: tuple[str, ...], node: Node) -> None:
        """Note checks of what a router serves from here on."""
        if auth and len(self.guards) < MOST:
            self.guards.append(RouteGuard(router=router, prefix=prefix, auth=auth, line=self.view.line(node)))

    def route(self, found: Found) -> int:
        """Note a route; return its number."""
        if len(self.found) < MOST:
            framework = found.framework or self.frameworks.get(found.router, "")
            self.found.append(replace(found, framework=framework))
        return len(self.found) - 1

    def is_known(self, router: str) -> bool:
        """Say whether a name is that of a router of this file."""
        return router in self.routers

    def surface(self) -> Surface:
        """Return what was found."""
        return Surface(
            file=self.view.path,
            routers=tuple(self.routers.values()),
            served=tuple(self._served(found) for found in self.found),
            mounts=tuple(self.mounts),
            guards=tuple(self.guards),
            handlers=tuple(self.handlers.values()),
            constants=tuple(sorted(self.constants.items()))[:MOST],
        )

    def _served(self, found: Found) -> Served:
        route = Route(
            method=found.method,
            path=found.path,
            handler=found.handler[:LONGEST_NAME],
            file=self.view.path,
            line=self.view.line(found.node),
            framework=found.framework,
            params=with_path(found.path, found.params),
            auth=tuple(dict.fromkeys(found.auth)),
        )
        return Served(router=found.router, route=route, target=found.target, sure=found.sure)


ALIAS = "="
"""The prefix that marks a mount as another name of the same router."""


def with_path(path: str, params: Iterable[RouteParam]) -> tuple[RouteParam, ...]:
    """Return parameters with those that stand in the path, which go first; a name that stands there is no other."""
    names = parameters(path)
    own = [RouteParam(name=name, source="path") for name in names]
    return tuple(dict.fromkeys([*own, *(one for one in params if one.name not in names)]))


def checks(nodes: Iterable[Node], depth: int = 8) -> tuple[str, ...]:
    """Return the checks of who asks among expressions, as they are written."""
    out: list[str] = []
    for given in nodes:
        node = given.kids[0] if given.kind == "decorator" and given.kids else given
        text = written(node)
        if text and is_check(text):
            out.append(text)
        elif depth and node.kind in {"call", "list", "spread"}:
            out.extend(checks(node.kids[-1].kids if node.kind == "call" else node.kids, depth - 1))
    return tuple(dict.fromkeys(out))


def merged(route: Route, auth: Iterable[str], params: Iterable[RouteParam] = ()) -> Route:
    """Return a route with more checks and parameters."""
    return replaced(
        route,
        auth=tuple(dict.fromkeys([*auth, *route.auth])),
        params=with_path(route.path, [*route.params, *params]),
    )
