"""Plans and states of Terraform as JSON: `terraform show -json` (format 1.x) and `terraform.tfstate` (version 4).

Here everything is evaluated, and what is known after `apply` alone says so. The configuration within a plan tells which
resource refers to which.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from secloop.model.errors import UnreadableError
from secloop.model.regex import lazy
from secloop.model.shapes import items, string, table, tables
from secloop.resources.normal import Raw
from secloop.resources.values import Linked, Reference, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_RESOURCES = 100_000
MAX_DEPTH = 32
_ADDRESS = lazy(rb'"address"\s*+:\s*+"((?:[^"\\]++|\\.)*+)"')
_INDEX = lazy(r"\[[^\]]*\]")


def is_planned(path: str, head: bytes) -> bool:
    """Return whether a file is a plan or a state, by its name and first bytes."""
    if path.endswith(".tfstate"):
        return b'"terraform_version"' in head or b'"resources"' in head
    return path.endswith(".json") and b'"format_version"' in head and b'"terraform_version"' in head


def planned(data: bytes, path: str) -> list[Raw]:
    """Return the resources of a plan or state. Raises: UnreadableError."""
    try:
        document = table(msgspec.json.decode(data))
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise UnreadableError("no JSON") from error
    lines = _lines(data)
    if "planned_values" in document or "values" in document:
        root = table(table(document.get("planned_values") or document.get("values")).get("root_module"))
        found = _shown(root, _unknown(document), _references(document), path, lines, 0)
    else:
        found = _state(document, path)
    out = []
    for raw in found:
        out.append(raw)
        if len(out) > MAX_RESOURCES:
            raise UnreadableError(f"more than {MAX_RESOURCES} resources")
    return out


def _lines(data: bytes) -> dict[str, int]:
    """Return the line at which each address stands first."""
    out: dict[str, int] = {}
    line, at = 1, 0
    for found in _ADDRESS.finditer(data):
        line += data.count(b"\n", at, found.start())
        at = found.start()
        out.setdefault(found[1].decode("utf-8", "replace").replace('\\"', '"'), line)
    return out


def _unknown(document: dict[str, Any]) -> dict[str, Any]:
    """Return what is known after apply, by address."""
    return {
        string(one.get("address")): table(one.get("change")).get("after_unknown")
        for one in tables(document.get("resource_changes"))
    }


def _references(document: dict[str, Any]) -> dict[str, dict[str, list[str]]]:
    """Return the addresses that each attribute of a resource refers to, by address without instance keys."""
    out: dict[str, dict[str, list[str]]] = {}
    stack = [("", table(table(document.get("configuration")).get("root_module")), 0)]
    while stack:
        prefix, module, depth = stack.pop()
        for one in tables(module.get("resources")):
            expressions = table(one.get("expressions"))
            out[prefix + string(one.get("address"))] = {
                name: [prefix + text for text in _named(value)] for name, value in expressions.items()
            }
        for name, call in table(module.get("module_calls")).items():
            if depth < MAX_DEPTH:
                stack.append((f"{prefix}module.{name}.", table(table(call).get("module")), depth + 1))
    return out


def _named(value: Any, depth: int = 0) -> list[str]:
    """Return the references within an expression, also those of nested blocks."""
    if isinstance(value, dict):
        own = [one for one in items(value.get("references")) if isinstance(one, str)]
        inner = [text for key, one in value.items() if key != "references" for text in _named(one, depth + 1)]
        return own + inner if depth < MAX_DEPTH else own
    return [text for one in items(value) for text in _named(one, depth + 1)] if depth < MAX_DEPTH else []


def _shown(
    module: dict[str, Any],
    unknown: dict[str, Any],
    references: dict[str, dict[str, list[str]]],
    path: str,
    lines: dict[str, int],
    depth: int,
) -> Iterator[Raw]:
    for one in tables(module.get("resources")):
        address = string(one.get("address"))
        base = _INDEX.sub("", address)
        attrs = {
            key: _joined(value, table(unknown.get(address)).get(key)) for key, value in table(one.get("values")).items()
        }
        for name, more in table(unknown.get(address)).items():
            if more is True and name not in attrs:
                attrs[name] = Unknown()
        _refer(attrs, references.get(base, {}), base)
        data = "data." if one.get("mode") == "data" else ""
        line = lines.get(address, 1)
        yield Raw(data + string(one.get("type")), address, base, _key(one.get("index")), attrs, path, line, line, {})
    if depth < MAX_DEPTH:
        for child in tables(module.get("child_modules")):
            yield from _shown(child, unknown, references, path, lines, depth + 1)


def _refer(attrs: dict[str, Any], references: dict[str, list[str]], base: str) -> None:
    """Let attributes say which resources they come from."""
    for name, texts in references.items():
        found = tuple(Reference(text) for text in texts if text != base)
        value = attrs.get(name)
        if not found:
            continue
        if isinstance(value, str):
            attrs[name] = Linked(value, found)
        elif isinstance(value, Unknown):
            attrs[name] = Unknown(found)
        elif isinstance(value, list):
            attrs[name] = value or [Unknown(found)]


def _joined(value: Any, unknown: Any, depth: int = 0) -> Any:
    """Return a value with unknown ones where the plan says so."""
    if unknown is True:
        return Unknown()
    if depth > MAX_DEPTH:
        return value
    if isinstance(value, dict) and isinstance(unknown, dict):
        out = {key: _joined(one, unknown.get(key), depth + 1) for key, one in value.items()}
        return out | {key: Unknown() for key, one in unknown.items() if one is True and key not in value}
    if isinstance(value, list) and isinstance(unknown, list):
        return [_joined(one, unknown[at] if at < len(unknown) else None, depth + 1) for at, one in enumerate(value)]
    return value


def _state(document: dict[str, Any], path: str) -> Iterator[Raw]:
    for one in tables(document.get("resources")):
        module = string(one.get("module"))
        data = "data." if one.get("mode") == "data" else ""
        base = f"{module}.{data}" if module else data
        base += f"{string(one.get('type'))}.{string(one.get('name'))}"
        for instance in tables(one.get("instances")):
            key = _key(instance.get("index_key"))
            suffix = "" if key is None else f'["{key}"]' if isinstance(key, str) else f"[{key}]"
            yield Raw(
                data + string(one.get("type")),
                base + suffix,
                _INDEX.sub("", base),
                key,
                dict(table(instance.get("attributes"))),
                path,
                1,
                1,
                {},
            )


def _key(value: Any) -> str | int | None:
    return value if isinstance(value, str | int) and not isinstance(value, bool) else None
