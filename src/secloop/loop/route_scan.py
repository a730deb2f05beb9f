"""`secloop test routes`: what a program answers and uses, as a table or as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from secloop.interop.text import visible
from secloop.loop import facts_scan, output
from secloop.model.surface import Routes, Uses

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from secloop.model.surface import Route

SCHEMA = "secloop.routes/1"
KINDS = {"calls": "call", "stores": "store", "secrets": "secret", "queues": "queue"}
"""The lists beside the routes, and the kind of use that each holds."""
ROUTES, ALL = "routes", "all"
_WIDEST = 70


class _Row(NamedTuple):
    cells: tuple[str, ...]
    place: str


def run(given: dict[str, Any]) -> int:
    """Print what the flags ask for; return the exit code: 0, or 3 for what was not looked at. Raises: UsageError."""
    from secloop.stages.test.routes.sensor import RoutesSensor

    sensor = RoutesSensor()
    sensor.with_tests = given["tests"]
    _, result = facts_scan.look(given, sensor)
    routes = sorted(
        (route for one in sensor.seen if isinstance(one, Routes) for route in one.routes),
        key=lambda route: (route.path, route.method, route.file, route.line),
    )
    uses = [one for one in sensor.seen if isinstance(one, Uses)]
    wanted = [ROUTES, *KINDS] if given["kind"] == ALL else [given["kind"]]
    make = _json if given["format_"] == "json" else _text
    output.give(make(wanted, routes, uses).encode("utf-8", "backslashreplace"), given["output"])
    return facts_scan.ended(result)


def _json(wanted: Sequence[str], routes: Sequence[Route], uses: Sequence[Uses]) -> str:
    import json

    from msgspec.structs import asdict

    document: dict[str, Any] = {"schema": SCHEMA}
    for name in wanted:
        if name == ROUTES:
            document[name] = [asdict(route) | {"params": [asdict(param) for param in route.params]} for route in routes]
        else:
            document[name] = [
                {"file": one.file} | asdict(use) for one in uses for use in one.uses if use.kind == KINDS[name]
            ]
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _text(wanted: Sequence[str], routes: Sequence[Route], uses: Sequence[Uses]) -> str:
    out: list[str] = []
    for name in wanted:
        if name == ROUTES:
            heads: tuple[str, ...] = ("METHOD", "PATH", "AUTH", "HANDLER")
            rows = [
                _Row((one.method, one.path, ", ".join(one.auth) or "-", one.handler or "-"), f"{one.file}:{one.line}")
                for one in routes
            ]
        else:
            heads = ("TARGET", "THROUGH", "ROLE")
            rows = [
                _Row((use.target or "-", use.library, use.role or "-"), f"{one.file}:{use.line}")
                for one in uses
                for use in one.uses
                if use.kind == KINDS[name]
            ]
        if len(wanted) > 1 and not rows and name != ROUTES:
            continue
        out.append(f"{name} · {len(rows)}\n" + "".join(_table(heads, rows)))
    return "\n".join(out)


def _table(heads: tuple[str, ...], rows: Sequence[_Row]) -> Iterable[str]:
    """Yield the lines of a table; a cell wider than most is not cut, it pushes its row."""
    if not rows:
        return
    cells = [tuple(visible(cell) for cell in row.cells) for row in rows]
    widths = [min(_WIDEST, max(len(line[at]) for line in [heads, *cells])) for at in range(len(heads))]
    for line, place in [
        (heads, "FILE:LINE"),
        *((one, visible(row.place)) for one, row in zip(cells, rows, strict=True)),
    ]:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + f"  {place}\n"
