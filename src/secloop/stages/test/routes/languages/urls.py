"""Routes in lists: Django's `urlpatterns`, Starlette's `routes`, aiohttp's and Tornado's tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.test.routes import paths
from secloop.stages.test.routes.sketch import Found, Scope, checks
from secloop.stages.test.routes.values import keyword, name_of, positional, shown_text, text_of, texts
from secloop.stages.test.sast.constants import path_of

if TYPE_CHECKING:
    from secloop.stages.test.routes.languages.python import Python
    from secloop.stages.test.sast.tree import Node

_DJANGO = ("django.urls.", "django.conf.urls.")
_AIOHTTP = {
    f"aiohttp.web.{name}": name.upper() for name in ("get", "post", "put", "patch", "delete", "head", "options")
}
LISTS = frozenset(
    {
        *(f"{module}{name}" for module in _DJANGO for name in ("path", "re_path", "url")),
        "starlette.routing.Route",
        "starlette.routing.Mount",
        "starlette.routing.WebSocketRoute",
        "aiohttp.web.view",
        "aiohttp.web.static",
        "aiohttp.web.route",
        "tornado.web.url",
        "tornado.web.URLSpec",
        *_AIOHTTP,
    }
)
"""What makes an entry of a list of routes."""
DEEPEST = 30


def entries(walker: Python, node: Node, router: str, scope: Scope, depth: int = DEEPEST) -> None:
    """Take the routes of a list, or of an expression that joins lists."""
    if depth == 0:
        return
    if (node.kind in {"list", "tuple"} and not _is_entry(node)) or node.kind in {"binary", "spread", "ternary"}:
        for one in node.kids:
            entries(walker, one, router, scope, depth - 1)
    elif node.kind == "tuple":
        _tornado(walker, node, router, scope)
    elif node.kind == "call":
        _entry(walker, node, router, scope, depth)
    elif (other := walker.value(node, scope)) is not None and path_of(node):
        walker.sketch.mount(router, other)


def _is_entry(node: Node) -> bool:
    return node.kind == "tuple" and len(node.kids) > 1 and node.kids[0].kind == "str" and node.kids[1].kind != "str"


def _tornado(walker: Python, node: Node, router: str, scope: Scope) -> None:
    text = text_of(node.kids[0], walker.view.facts)
    if text is not None and text[:1] in {"/", "^", "(", "."}:
        handler, target, auth = walker.view_of(node.kids[1], scope)
        walker.sketch.route(Found(router, "ANY", paths.regex(text), node, handler, target, "tornado", auth))


def _entry(walker: Python, node: Node, router: str, scope: Scope, depth: int) -> None:
    """Take one call of a list."""
    imported = walker.view.imported(node.kids[0])
    given = positional(node)
    if imported in LISTS and given:
        if imported.startswith(_DJANGO):
            _django(walker, node, router, scope, depth)
        elif imported == "starlette.routing.Mount":
            _mounted(walker, node, router, scope, depth)
        else:
            _plain(walker, node, imported, router, scope)
        return
    for one in given:  # what wraps lists: format_suffix_patterns([...]), i18n_patterns(...)
        if one.kind in {"list", "tuple", "call", "binary", "name"}:
            entries(walker, one, router, scope, depth - 1)


def _django(walker: Python, node: Node, router: str, scope: Scope, depth: int) -> None:
    name = name_of(node.kids[0])
    given = positional(node)
    shown = shown_text(given[0], walker.view.facts)
    view = given[1] if len(given) > 1 else keyword(node, "view")
    if shown is None or view is None:
        return
    path = paths.angle(shown[0]) if name == "path" else paths.regex(shown[0])
    if view.kind == "call" and name_of(view.kids[0]) == "include":
        _included(walker, view, router, path, scope, depth)
        return
    if (path_of(view) or "").endswith("site.urls"):
        walker.sketch.route(Found(router, "ANY", f"{path}*", node, path_of(view) or "", "", "django", ("admin",)))
        return
    other = walker.value(view, scope) if view.kind == "attr" and view.kids[1].value == "urls" else None
    handler, target, auth = walker.view_of(view, scope)
    actions = next((one for one in positional(view) if one.kind == "dict"), None) if view.kind == "call" else None
    if other is not None:
        walker.sketch.mount(router, other, path)
    elif actions is not None:
        for verb in ("get", "post", "put", "patch", "delete", "head", "options"):
            action = _of_dict(actions, verb)
            if action:
                walker.sketch.route(
                    Found(router, verb.upper(), path, node, f"{handler}.{action}", target, "django", auth)
                )
    else:
        walker.sketch.route(Found(router, "ANY", path, node, handler, target, "django", auth))


def _of_dict(node: Node, key: str) -> str:
    return next((kid.kids[1].value or "" for kid in node.kids if kid.kind == "pair" and kid.kids[0].value == key), "")


def _included(walker: Python, node: Node, router: str, prefix: str, scope: Scope, depth: int) -> None:
    """Take `include("app.urls")`, `include(router.urls)`, `include([...])` and `include((urls, "app"))`."""
    given = positional(node)
    if not given:
        return
    what = given[0].kids[0] if given[0].kind == "tuple" and given[0].kids else given[0]
    name = text_of(what, walker.view.facts)
    if name is not None:
        walker.sketch.mount(router, f"{name}#urls", prefix)
    elif what.kind == "list":
        entries(walker, what, walker.sketch.below(router, node, prefix), scope, depth - 1)
    elif what.kind == "attr" and what.kids[1].value == "urls":
        owner = walker.value(what.kids[0], scope) or walker.view.imported(what.kids[0])
        imported = walker.view.imported(what)
        walker.sketch.mount(
            router, owner if owner and walker.sketch.is_known(owner) else imported or owner or "?", prefix
        )
        if imported:
            walker.sketch.mount(router, f"{imported}#urls", prefix)
            walker.sketch.mount(router, imported.removesuffix(".urls"), prefix)
    elif (other := walker.value(what, scope)) is not None:
        walker.sketch.mount(router, other, prefix)
        walker.sketch.mount(router, f"{other}#urls", prefix)


def _mounted(walker: Python, node: Node, router: str, scope: Scope, depth: int) -> None:
    """Take Starlette's `Mount("/x", routes=[...])` or `Mount("/x", app=other)`."""
    given = positional(node)
    path = text_of(given[0], walker.view.facts) or ""
    inner = keyword(node, "routes")
    other = keyword(node, "app") or (given[1] if len(given) > 1 else None)
    if inner is not None:
        entries(walker, inner, walker.sketch.below(router, node, paths.brace(path)), scope, depth - 1)
    elif other is not None and (child := walker.value(other, scope)) is not None:
        walker.sketch.mount(router, child, paths.brace(path))


def _plain(walker: Python, node: Node, imported: str, router: str, scope: Scope) -> None:
    given = positional(node)
    if imported == "aiohttp.web.route" and len(given) > 2:
        verbs, given = [(text_of(given[0], walker.view.facts) or "ANY").upper().replace("*", "ANY")], given[1:]
    else:
        methods = keyword(node, "methods")
        default = "GET" if imported.endswith((".Route", ".WebSocketRoute", ".static")) else "ANY"
        verbs = texts(methods, walker.view.facts) if methods is not None else [_AIOHTTP.get(imported, default)]
    path = text_of(given[0], walker.view.facts)
    view = given[1] if len(given) > 1 else keyword(node, "endpoint")
    if path is None or view is None:
        return
    handler, target, auth = walker.view_of(view, scope)
    tornado = imported.startswith("tornado")
    framework = imported.partition(".")[0]
    for verb in verbs:
        whole = paths.regex(path) if tornado else paths.brace(path)
        walker.sketch.route(
            Found(router, verb.upper(), whole, node, handler, target, framework, (*auth, *checks([view])))
        )
