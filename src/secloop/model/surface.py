"""Facts about what a program answers and uses: routes, calls, stores, secrets and queues (docs/routes.md)."""

from __future__ import annotations

from secloop.model.base import Value


class RouteParam(Value, array_like=True):
    """A parameter that a route reads; `source` is path, query, body, form, header, cookie or file."""

    name: str
    source: str


class Route(Value, array_like=True):
    """A method and path that a program answers.

    `method` is in capitals, `ANY` for whatever comes; `path` is a template with `{name}` for parameters and `*` for any
    rest. `auth` are decorators, middleware, annotations and dependencies on the way that are named like a check of who
    asks, as written. `file` and `line` are where the route is declared.
    """

    method: str
    path: str
    handler: str
    file: str
    line: int
    framework: str
    params: tuple[RouteParam, ...] = ()
    auth: tuple[str, ...] = ()


class Router(Value, array_like=True):
    """Something that routes hang on: its name in the tree, and the prefix and checks it is made with."""

    name: str
    prefix: str = ""
    auth: tuple[str, ...] = ()


class Served(Value, array_like=True):
    """A route and the router it hangs on, by name. `target` is the dotted path of its handler, where it has one.

    `sure` is false where nothing but a router of that name makes it a route.
    """

    router: str
    route: Route
    target: str = ""
    sure: bool = True


class Mount(Value, array_like=True):
    """What `child` serves is served by `parent` too, below `prefix`; with `replaces` in place of the child's own.

    A prefix of `=` makes `parent` another name of `child`. `line` is where it is said; 0 for before all else.
    """

    parent: str
    child: str
    prefix: str = ""
    auth: tuple[str, ...] = ()
    replaces: bool = False
    line: int = 0


class RouteGuard(Value, array_like=True):
    """Checks of all that `router` serves below `prefix`, if it is declared in another file or after `line`."""

    router: str
    prefix: str
    auth: tuple[str, ...]
    line: int


class Handler(Value, array_like=True):
    """What a function or class that may answer requests says of that itself.

    `methods` are those it answers, each with the end it adds to the path (`retrieve` of a view set adds `{pk}/`) and
    the name of what answers; `bases` are the dotted paths of its classes.
    """

    name: str
    methods: tuple[tuple[str, str, str], ...] = ()
    params: tuple[RouteParam, ...] = ()
    auth: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()


class Surface(Value, tag="surface/1", tag_field="observation"):
    """What one file says of the routes of its program; `Routes` is what becomes of all files together.

    `constants` are names in capitals and the paths that the file gives them.
    """

    file: str
    routers: tuple[Router, ...] = ()
    served: tuple[Served, ...] = ()
    mounts: tuple[Mount, ...] = ()
    guards: tuple[RouteGuard, ...] = ()
    handlers: tuple[Handler, ...] = ()
    constants: tuple[tuple[str, str], ...] = ()


class Routes(Value, tag="routes/1", tag_field="observation"):
    """The routes that a file declares, with the prefixes and checks of what they hang on, in any file."""

    file: str
    routes: tuple[Route, ...] = ()


class Use(Value, array_like=True):
    """Something outside itself that a program uses.

    `kind` is call, store, secret or queue. `library` is what it is used through; `target` is the address, name or topic
    with `{name}` for what is not known, without passwords, empty where nothing is known. `role` is the HTTP method of a
    call, publish or consume of a queue.
    """

    kind: str
    library: str
    target: str
    line: int
    role: str = ""


class Uses(Value, tag="use/1", tag_field="observation"):
    """What a file uses outside its program, by line."""

    file: str
    uses: tuple[Use, ...] = ()
