"""Routes of the whole tree: what routers are mounted below, which checks stand before them, what handlers say."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec.structs import replace

from secloop.model.surface import Handler, Router, Routes
from secloop.stages.test.routes.paths import join
from secloop.stages.test.routes.sketch import ALIAS, merged
from secloop.stages.test.sast.modules import steps_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from secloop.model.surface import Mount, Route, RouteGuard, RouteParam, Served, Surface

DEEPEST = 12
MOST_PLACES = 40
"""Ways in which one router may be reached."""
FEWEST_STEPS = 2
ACTIONS = {
    "list": ("GET", ""),
    "create": ("POST", ""),
    "retrieve": ("GET", "{pk}/"),
    "update": ("PUT", "{pk}/"),
    "partial_update": ("PATCH", "{pk}/"),
    "destroy": ("DELETE", "{pk}/"),
}
"""What the actions of a view set answer (django-rest-framework.org, Routers)."""
BASES = {
    "ModelViewSet": tuple(ACTIONS),
    "ReadOnlyModelViewSet": ("list", "retrieve"),
    "ListModelMixin": ("list",),
    "CreateModelMixin": ("create",),
    "RetrieveModelMixin": ("retrieve",),
    "UpdateModelMixin": ("update", "partial_update"),
    "DestroyModelMixin": ("destroy",),
}
VIEWS = {
    "ListAPIView": ("GET",),
    "CreateAPIView": ("POST",),
    "RetrieveAPIView": ("GET",),
    "DestroyAPIView": ("DELETE",),
    "UpdateAPIView": ("PUT", "PATCH"),
    "ListCreateAPIView": ("GET", "POST"),
    "RetrieveUpdateAPIView": ("GET", "PUT", "PATCH"),
    "RetrieveDestroyAPIView": ("GET", "DELETE"),
    "RetrieveUpdateDestroyAPIView": ("GET", "PUT", "PATCH", "DELETE"),
    "TemplateView": ("GET",),
    "ListView": ("GET",),
    "DetailView": ("GET",),
    "RedirectView": ("GET",),
    "CreateView": ("GET", "POST"),
    "UpdateView": ("GET", "POST"),
    "DeleteView": ("GET", "POST"),
    "FormView": ("GET", "POST"),
    "LoginView": ("GET", "POST"),
    "LogoutView": ("POST",),
}
"""What the generic views of Django and REST framework answer."""
_GROUP = re.compile(r"@\d+\.\d+$")
"""How the name of a group of routes ends; one below a router that nobody knows is none."""
_CAPITALS = re.compile(r"\{([A-Z][A-Z0-9_]+)\}")
SET = "SET"
"""The method of a route that a view set's actions spell out."""


class Names:
    """Things by dotted path, found by the end of a path as well, where it is the only one."""

    def __init__(self, names: Iterable[str]) -> None:
        """Take the names."""
        self._all = set(names)
        self._by_end: dict[tuple[str, ...], list[str]] = defaultdict(list)
        self._by_last: dict[str, list[str]] = defaultdict(list)
        for name in sorted(self._all):
            steps = steps_of(name)
            if steps:
                self._by_end[steps[-FEWEST_STEPS:]].append(name)
                self._by_last[steps[-1]].append(name)

    def find(self, name: str) -> str | None:
        """Return the one thing that a path means."""
        if name in self._all or not name:
            return name or None
        steps = steps_of(name)
        if steps[:1] == ("?",):
            named = self._by_last.get(steps[-1], ())
            return named[0] if len(named) == 1 else None
        found = []
        for other in self._by_end.get(steps[-FEWEST_STEPS:], ()):
            own = steps_of(other)
            shared = min(len(own), len(steps))
            if own[-shared:] == steps[-shared:]:
                found.append(other)
        return found[0] if len(found) == 1 else None


class Linker:
    """The surfaces of all files, and what they make together."""

    def __init__(self, surfaces: Iterable[Surface]) -> None:
        """Collect them."""
        self._surfaces = sorted(surfaces, key=lambda one: one.file)
        self._constants: dict[str, set[str]] = defaultdict(set)
        for one in self._surfaces:
            for name, value in one.constants:
                self._constants[name].add(value)
        self._routers: dict[str, Router] = {}
        self._handlers: dict[str, Handler] = {}
        aliases: dict[str, str] = {}
        mounts: list[tuple[str, Mount]] = []
        for one in self._surfaces:
            self._routers |= {router.name: router for router in one.routers}
            self._handlers |= {handler.name: handler for handler in one.handlers}
            for mount in one.mounts:
                if mount.prefix == ALIAS:
                    aliases.setdefault(mount.parent, mount.child)
                else:
                    mounts.append((one.file, mount))
        self._aliases = aliases
        self._names = Names([*self._routers, *aliases])
        self._handler_names = Names(self._handlers)
        self._above: dict[str, list[tuple[str, Mount]]] = defaultdict(list)
        for file, mount in mounts:
            parent, child = self.router(mount.parent), self.router(mount.child)
            if parent and child and parent != child:
                self._above[child].append((file, replace(mount, parent=parent, child=child)))
        self._guards: dict[str, list[tuple[str, RouteGuard]]] = defaultdict(list)
        for one in self._surfaces:
            for guard in one.guards:
                self._guards[self.router(guard.router) or guard.router].append((one.file, guard))

    def router(self, name: str) -> str | None:
        """Return the router that a name means; None for none that is known."""
        for _ in range(DEEPEST):
            found = self._names.find(name)
            if found is None:
                return None
            if found in self._routers:
                return found
            name = self._aliases[found]
        return None

    def routes(self) -> Iterator[Routes]:
        """Yield the routes of each file, by line."""
        for one in self._surfaces:
            found = {route: None for served in one.served for route in self._served(served)}
            if found:
                ordered = sorted(found, key=lambda route: (route.line, route.path, route.method))
                yield Routes(file=one.file, routes=tuple(ordered))

    def _served(self, served: Served) -> Iterator[Route]:
        router = self.router(served.router)
        if (router is None and not served.sure) or (_GROUP.search(router or "") and not self._above.get(router or "")):
            return
        for route in self._answered(served):
            for prefix, auth in self._places(router or served.router, DEEPEST):
                whole = replace(route, path=self._whole(prefix, route.path))
                checks = self._checked(router or served.router, route.path, route.file, route.line)
                yield merged(whole, [*auth, *checks])

    def _whole(self, prefix: str, path: str) -> str:
        """Return a path below a prefix, with names in capitals as the one constant of that name in the tree."""

        def known(found: re.Match[str]) -> str:
            values = self._constants.get(found[1], set())
            return next(iter(values)) if len(values) == 1 else found[0]

        prefix = _CAPITALS.sub(known, prefix)
        path = _CAPITALS.sub(known, path)
        whole = join(prefix, path) if prefix else path
        return re.sub("//+", "/", whole if whole.startswith("/") else f"/{whole}")

    def _places(self, router: str, depth: int, seen: frozenset[str] = frozenset()) -> list[tuple[str, tuple[str, ...]]]:
        """Return the prefixes under which a router is served, with the checks on the way."""
        own = self._routers.get(router) or Router(name=router)
        above = [one for one in self._above.get(router, ()) if one[1].parent not in seen] if depth else []
        if not above:
            return [(own.prefix, own.auth)]
        out: list[tuple[str, tuple[str, ...]]] = []
        for file, mount in above:
            own_prefix = "" if mount.replaces else own.prefix
            for prefix, auth in self._places(mount.parent, depth - 1, seen | {router}):
                below = join(prefix, mount.prefix) if prefix and mount.prefix else prefix or mount.prefix
                whole = join(below, own_prefix) if below and own_prefix else below or own_prefix
                checks = (*auth, *mount.auth, *self._checked(mount.parent, mount.prefix, file, mount.line), *own.auth)
                if (whole, checks) not in out:
                    out.append((whole, checks))
                if len(out) >= MOST_PLACES:
                    return out
        return out

    def _checked(self, router: str, path: str, file: str, line: int) -> Iterator[str]:
        """Yield the checks of a router that were set up before something below it."""
        for where, guard in self._guards.get(router, ()):
            if (where != file or not line or guard.line <= line) and _is_below(path, guard.prefix):
                yield from guard.auth

    def _answered(self, served: Served) -> Iterator[Route]:
        """Yield a route for each method that its handler answers."""
        route = served.route
        name = self._handler_names.find(served.target) if served.target else None
        handler = self._handlers[name] if name is not None else None
        if handler is None:
            yield replace(route, method="ANY") if route.method == SET else route
            return
        methods, auth, params = self._inherited(handler)
        route = merged(route, auth, params)
        if route.method == SET:
            actions = methods or [(method, end, action) for action, (method, end) in ACTIONS.items()]
            for method, end, action in actions:
                yield merged(
                    replace(route, method=method, path=f"{route.path}{end}", handler=f"{route.handler}.{action}"), ()
                )
        elif route.method == "ANY" and methods:
            for method in dict.fromkeys(method for method, end, _ in methods if not end):
                yield replace(route, method=method)
        else:
            yield route

    def _inherited(
        self, handler: Handler, depth: int = 6
    ) -> tuple[list[tuple[str, str, str]], Sequence[str], Sequence[RouteParam]]:
        """Return methods, checks and parameters of a handler and of the classes it is made of."""
        methods, auth, params = list(handler.methods), list(handler.auth), list(handler.params)
        for base in handler.bases:
            last = base.rpartition(".")[2]
            methods += [(*ACTIONS[action], action) for action in BASES.get(last, ())]
            methods += [(method, "", method.lower()) for method in VIEWS.get(last, ())]
            name = self._handler_names.find(base) if depth else None
            if name is not None and name != handler.name:
                more = self._inherited(self._handlers[name], depth - 1)
                methods += more[0]
                auth += more[1]
                params += more[2]
        return (
            list({(method, end): (method, end, action) for method, end, action in reversed(methods)}.values())[::-1],
            auth,
            params,
        )


def _is_below(path: str, prefix: str) -> bool:
    prefix = prefix.rstrip("/*")
    return path == prefix or path.startswith(f"{prefix}/") or not prefix
