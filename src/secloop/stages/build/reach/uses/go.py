"""Go: import paths, and the functions, types and methods of their packages that a file names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.build.reach.uses.base import Uses
from secloop.syntax.parsing import line_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from secloop.syntax.parsing import Parsed

_QUERY = """
(import_spec) @import
(selector_expression) @selector
(qualified_type) @type
"""
_VERSION = lazy(r"v\d+")
_UNUSED = frozenset({"_", "."})


def uses(parsed: Parsed) -> Uses:
    """Return what a Go file imports and names; of a `.` import all that is named may be of it, so nothing is said."""
    out = Uses()
    found = parsed.captures(_QUERY)
    bound: dict[str, str] = {}
    for node in found.get("import", ()):
        path, name = node.child_by_field_name("path"), node.child_by_field_name("name")
        if path is None:
            continue
        module = parsed.text(path).strip('"`')
        out.imported(module, line_of(node))
        own = [parsed.text(name)] if name is not None else list(package_names(module))
        bound.update((one, module) for one in own if one not in _UNUSED)
    for node in found.get("selector", ()):
        operand, last = node.child_by_field_name("operand"), node.child_by_field_name("field")
        _take(parsed, operand, last, bound, out)
    for node in found.get("type", ()):
        _take(parsed, node.child_by_field_name("package"), node.child_by_field_name("name"), bound, out)
    return out


def _take(parsed: Parsed, operand: Node | None, last: Node | None, bound: dict[str, str], out: Uses) -> None:
    if operand is None or last is None:
        return
    name = parsed.text(operand) if operand.type in {"identifier", "package_identifier"} else ""
    if name in bound:
        out.named(bound[name], parsed.text(last), line_of(last))
    else:
        out.called(parsed.text(last), line_of(last))


def package_names(path: str) -> Iterator[str]:
    """Yield the names that the package of an import path may have: by custom its last part, without a version.

    `gopkg.in/yaml.v3` is `yaml`, `github.com/a/go-b/v2` is `b` or `go-b` written otherwise.
    """
    parts = path.split("/")
    last = parts[-2] if len(parts) > 1 and _VERSION.fullmatch(parts[-1]) else parts[-1]
    last = re.sub(r"\.v\d+$", "", last)
    yield last.replace("-", "_")
    yield last.replace("-", "")
    yield from (word for word in (last.removeprefix("go-"), last.removesuffix("-go"), last.removesuffix(".go")) if word)
    if "-" in last:
        yield last.rpartition("-")[2]
