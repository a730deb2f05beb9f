"""What the parameters of a FastAPI function say: where each comes from, and which checks it depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.model.surface import RouteParam
from secloop.stages.test.routes.models import is_check
from secloop.stages.test.routes.values import name_of, named, positional, written
from secloop.stages.test.sast.constants import path_of

if TYPE_CHECKING:
    from secloop.stages.test.routes.view import View
    from secloop.stages.test.sast.tree import Node

_MARKS = {
    "Query": "query",
    "Path": "path",
    "Body": "body",
    "Header": "header",
    "Cookie": "cookie",
    "Form": "form",
    "File": "file",
}
_PLAIN = frozenset({"int", "str", "bool", "float", "UUID", "datetime", "date", "Decimal"})
_NO_INPUT = frozenset({"Request", "Response", "WebSocket", "BackgroundTasks", "HTTPConnection", "SecurityScopes"})


def params_of(node: Node, view: View) -> tuple[tuple[RouteParam, ...], tuple[str, ...]]:
    """Return the parameters that a function takes of a request, and the checks it depends on."""
    if not any(target.startswith("fastapi") for target in view.imports.values()):
        return (), ()
    params: list[RouteParam] = []
    auth: list[str] = []
    for param in node.kids[1].kids:
        name = param.kids[0].value if param.kids and param.kids[0].kind == "name" else None
        if name is None or name in {"self", "cls"}:
            continue
        kinds = [one for opt in named(param, "type") for one in opt.walk()]
        calls = [one for one in [*kinds, *param.kids[1:]] if one.kind == "call"]
        depends = [call for call in calls if name_of(call) in {"Depends", "Security"}]
        if depends:
            auth += [
                written(given[0]) for call in depends if (given := positional(call)) and is_check(written(given[0]))
            ]
            continue
        types = [path_of(one) or "" for one in kinds if one.kind in {"name", "attr"}]
        if any(is_check(one) for one in types):
            auth += types[:1]
            continue
        source = next((_MARKS[own] for call in calls if (own := name_of(call)) in _MARKS), None) or _by_type(types)
        if source:
            params.append(RouteParam(name=name, source=source))
    return tuple(params), tuple(dict.fromkeys(auth))


def _by_type(types: list[str]) -> str:
    """Return where a parameter without a mark comes from: a plain value from the query, a model from the body."""
    last = [one.rpartition(".")[2] for one in types]
    if not last or any(one in _PLAIN for one in last):
        return "query"
    if any(one in _NO_INPUT for one in last):
        return ""
    if "UploadFile" in last:
        return "file"
    return "body" if last[0][:1].isupper() and not last[0].endswith("Dep") else ""
