"""The functions that an advisory says are vulnerable, whatever way its source writes them.

Symbols = pairs of a package or module path and the names in it, none where all of it is meant:
`("net/http", ("Client.Do", "Get"))`.
"""

from __future__ import annotations

from typing import Any

from secloop.model.shapes import string, strings, table, tables

Symbols = tuple[tuple[str, tuple[str, ...]], ...]

_MOST_PATHS = 500
_MOST_NAMES = 2_000


def symbols_of(affected: dict[str, Any]) -> Symbols:
    """Return the symbols of an `affected` entry of OSV.

    Go writes `ecosystem_specific.imports` with `path` and `symbols` (https://go.dev/doc/security/vuln/database#schema),
    PyPA's database the same with `attribute` and `modules`, RustSec `affects.functions`.
    """
    specific = table(affected.get("ecosystem_specific"))
    found: dict[str, list[str]] = {}
    for one in tables(specific.get("imports")):
        if path := string(one.get("path")):
            found.setdefault(path, []).extend(strings(one.get("symbols")))
        elif attribute := string(one.get("attribute")):
            for module in strings(one.get("modules")):
                found.setdefault(module, []).append(attribute)
    functions = table(specific.get("affects")).get("functions")
    for name in strings(functions) or list(table(functions)):
        found.setdefault(name, [])
    return _bounded(found)


def symbols_of_row(value: Any) -> Symbols:
    """Return the symbols of a row of the compact snapshot: an object of paths, each with a list of names."""
    return _bounded({path: strings(names) for path, names in table(value).items()})


def joined(a: Symbols, b: Symbols) -> Symbols:
    """Return both; a path of which one means all stays all."""
    found = {path: list(names) for path, names in a}
    for path, names in b:
        before = found.get(path)
        found[path] = [] if before is not None and not (before and names) else [*(before or ()), *names]
    return _bounded(found)


def _bounded(found: dict[str, list[str]]) -> Symbols:
    kept = sorted(found)[:_MOST_PATHS]
    return tuple((path, tuple(dict.fromkeys(found[path]))[:_MOST_NAMES]) for path in kept)
