"""Which parameters a function reads from its request, by the names of its language's table."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from secloop.model.surface import RouteParam
from secloop.stages.test.routes.values import name_of, positional
from secloop.stages.test.sast.constants import path_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.stages.test.routes.view import View
    from secloop.stages.test.sast.tree import Node

MOST = 60
_REQUESTS = frozenset({"req", "request", "ctx", "context", "c", "self", "this", "r", "httpServletRequest", "_request"})
_GETTERS = frozenset({"get", "getlist", "getone", "getall", "pop"})
_EXPRESS = {"param": "path", "header": "header", "get": "header"}


def inputs_of(body: Node, view: View) -> tuple[RouteParam, ...]:
    """Return the parameters that a function's text reads, each once, in order."""
    first = bisect_left(view.reads, body.start, key=lambda read: read[0])
    last = bisect_left(view.reads, body.end, key=lambda read: read[0])
    return tuple(dict.fromkeys(param for _, param in view.reads[first:last][: MOST * 5]))[:MOST]


def all_inputs(view: View) -> list[tuple[int, RouteParam]]:
    """Return every read of a parameter in a file, by where it stands."""
    return sorted(
        ((node.start, found) for node in view.root.walk() for found in _read(node, view)), key=lambda read: read[0]
    )


def _read(node: Node, view: View) -> Iterator[RouteParam]:
    if node.kind == "attr":
        yield from _attribute(node, view)
    elif node.kind == "index" and len(node.kids) == 2:
        yield from _keyed(node.kids[0], node.kids[1], view)
    elif node.kind == "call":
        yield from _called(node, view)
    elif node.kind == "assign" and len(node.kids) == 2 and node.kids[0].kind == "object":
        source = _section(node.kids[1], view)
        if source:
            for kid in node.kids[0].kids:
                if kid.kind == "pair" and kid.kids and kid.kids[0].value:
                    yield RouteParam(name=kid.kids[0].value, source=source)


def _section(node: Node, view: View) -> str:
    """Return where the parameters of a part of the request come from: of `req.query`; empty for anything else."""
    if node.kind == "await" and node.kids:
        node = node.kids[0]
    if node.kind == "call":
        node = node.kids[0]
    if node.kind != "attr":
        return ""
    owner = path_of(node.kids[0]) or ""
    first, _, last = owner.partition(".")
    if first not in _REQUESTS and last not in _REQUESTS:
        return ""
    return view.tables.sections.get(node.kids[1].value or "", "")


def _attribute(node: Node, view: View) -> Iterator[RouteParam]:
    """Yield `req.query.name`; of Python's, only a key names a parameter."""
    name = node.kids[1].value or ""
    if view.language != "python" and name not in _GETTERS:
        source = _section(node.kids[0], view)
        if source and node.kids[1].kind == "name":
            yield RouteParam(name=name, source=source)


def _keyed(owner: Node, key: Node, view: View) -> Iterator[RouteParam]:
    source = _section(owner, view)
    known = view.facts.constant(key)
    if source and known is not None and known.kind == "str" and known.value:
        yield RouteParam(name=known.value, source=source)


def _called(node: Node, view: View) -> Iterator[RouteParam]:
    callee, given = node.kids[0], positional(node)
    if callee.kind != "attr":
        return
    name = callee.kids[1].value or ""
    if name in _GETTERS and given:
        yield from _keyed(callee.kids[0], given[0], view)
    source = view.tables.calls.get(name)
    if source is None and view.language in {"javascript", "typescript"} and callee.kids[0].value in {"req", "request"}:
        source = _EXPRESS.get(name)
    if source is None:
        return
    known = [view.facts.constant(one) for one in given]
    text = next((one.value for one in known if one is not None and one.kind == "str" and one.value), None)
    if text is not None:
        yield RouteParam(name=text, source=source)
    elif source == "body" and name_of(callee.kids[0]):
        yield RouteParam(name="body", source="body")
