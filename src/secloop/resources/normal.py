"""From a resource as a reader found it to its normal form."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from secloop.model.base import Record
from secloop.model.regex import lazy
from secloop.model.resource import Lines, Resource
from secloop.resources.iam import iam_risks
from secloop.resources.links import Node, linked
from secloop.resources.ports import RANGED, with_ranges
from secloop.resources.values import VARIABLE, Json, Linked, Reference, Unknown, references_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_DEPTH = 24
"""Values nested deeper than this are unknown."""

FREE = frozenset({
    "tags", "tags_all", "labels", "variables", "environment_variables", "metadata", "annotations", "parameters",
    "default_tags", "user_labels", "triggers", "app_settings", "settings_map", "default_arguments",
    "request_parameters", "resource_labels",
})  # fmt: skip
"""Attributes whose keys are the user's: their texts stay texts."""

_DOCUMENTS = ("policy", "document", "definition", "configuration", "rules", "content", "template", "container_", "json")
_LISTS = ("Action", "NotAction", "Resource", "NotResource")
_WORDS = {"true": True, "false": False}
_MAX_JSON = 1 << 20
_LAST_COMMA = lazy(r",\s*+([}\]])")


class Raw(Record, frozen=True):
    """A resource as a reader found it: attributes may hold unknown values, blocks are lists.

    `base` is the address without instance keys, `key` its own key.
    """

    type: str
    address: str
    base: str
    key: str | int | None
    attrs: dict[str, Any]
    file: str
    line: int
    end_line: int
    lines: dict[str, Lines]


def normalise(found: Iterable[Raw]) -> list[Resource]:
    """Return resources in their normal form, in order of their addresses, with their links."""
    raws = sorted(found, key=lambda raw: (raw.address, raw.file, raw.line))
    links = linked([_node(raw) for raw in raws])
    out = []
    for raw, own in zip(raws, links, strict=True):
        unknown: list[str] = []
        attrs = {
            key: plain
            for key, value in raw.attrs.items()
            if (plain := _plain(value, key, key, unknown, 0)) is not _GONE
        }
        if raw.type in RANGED:
            attrs = with_ranges(attrs)
        out.append(
            Resource(
                type=raw.type,
                address=raw.address,
                attrs=attrs,
                file=raw.file,
                line=raw.line,
                end_line=raw.end_line,
                links=own,
                unknown=tuple(unknown),
                lines=raw.lines,
                facts=_facts(raw.type, attrs, own),
            )
        )
    return out


def _facts(type_: str, attrs: dict[str, Any], links: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    """Return what follows from attributes and links."""
    facts: dict[str, Any] = {"used": any(other not in _NO_USERS and not other.startswith("data.") for other in links)}
    if (risks := iam_risks(type_, attrs)) is not None:
        facts["iam_risks"] = risks
    return facts


_NO_USERS = frozenset({
    "aws_vpc", "aws_security_group", "aws_security_group_rule", "aws_vpc_security_group_ingress_rule",
    "aws_vpc_security_group_egress_rule", "aws_subnet",
})  # fmt: skip
"""Types that a resource may be linked to without being used by them."""

_GONE: Any = object()


def _plain(  # noqa: PLR0911 - one return for each kind of value
    value: Any, path: str, name: str, unknown: list[str], depth: int
) -> Any:
    """Return a plain value, `_GONE` for one that is null or unknown; note the paths of what is unknown."""
    if isinstance(value, Unknown) or depth > MAX_DEPTH:
        unknown.append(path)
        return _GONE
    if value is None:
        return _GONE
    if isinstance(value, str):
        return _text(value, path, name, unknown, depth)
    if isinstance(value, dict):
        if name in FREE:
            return _free(value, path, unknown)
        if "Statement" in value:
            return _policy(value, path, unknown, depth)
        return [_members(value, f"{path}[0]", unknown, depth)]
    if isinstance(value, list):
        return _list(value, path, name, unknown, depth)
    return _policy(value.value, path, unknown, depth) if isinstance(value, Json) else value


def _members(value: dict[str, Any], path: str, unknown: list[str], depth: int) -> dict[str, Any]:
    out = {}
    for key, one in value.items():
        plain = _plain(one, f"{path}.{key}", key, unknown, depth + 1)
        if plain is not _GONE:
            out[key] = plain
    return out


def _free(value: dict[str, Any], path: str, unknown: list[str]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, one in value.items():
        if isinstance(one, Unknown):
            unknown.append(f"{path}.{key}")
        elif isinstance(one, str):
            out[key] = str(one)
        elif isinstance(one, bool | int | float):
            out[key] = one
        elif isinstance(one, dict | list):
            plain = _plain(one, f"{path}.{key}", key, unknown, 1)
            if plain is not _GONE:
                out[key] = plain
    return out


def _list(value: list[Any], path: str, name: str, unknown: list[str], depth: int) -> list[Any]:
    out: list[Any] = []
    for one in value:
        if isinstance(one, Unknown):
            unknown.append(f"{path}[]")
            continue
        here = f"{path}[{len(out)}]"
        if isinstance(one, dict):
            plain = _free(one, here, unknown) if name in FREE else _members(one, here, unknown, depth + 1)
        else:
            plain = _plain(one, here, name, unknown, depth + 1)
        if plain is not _GONE:
            out.append(plain)
    return out


def _text(value: str, path: str, name: str, unknown: list[str], depth: int) -> Any:
    """Return a text: `true` and `false` are booleans as providers take them, and documents are read."""
    if value in _WORDS:
        return _WORDS[value]
    start = value.lstrip()[:1]
    if start in {"{", "["} and len(value) < _MAX_JSON and any(part in name for part in _DOCUMENTS):
        try:
            return _policy(_loads(value), path, unknown, depth)
        except (ValueError, RecursionError):
            pass
    return str(value) if isinstance(value, Linked) else value


def _loads(text: str) -> Any:
    """Return JSON; the comma behind a last element, which AWS refuses and people write, is passed over.

    Raises: ValueError, RecursionError.
    """
    try:
        return json.loads(text)
    except ValueError:
        return json.loads(_LAST_COMMA.sub(r"\1", text))


def _policy(value: Any, path: str, unknown: list[str], depth: int) -> Any:
    """Return a document; in a policy, what may be one or many is a list."""
    plain = _document(value, path, unknown, depth)
    if isinstance(plain, dict) and "Statement" in plain:
        statements = plain["Statement"]
        statements = statements if isinstance(statements, list) else [statements]
        plain["Statement"] = [_statement(one) for one in statements if isinstance(one, dict)]
    return plain


def _document(value: Any, path: str, unknown: list[str], depth: int) -> Any:
    """Return a document's value: as `_plain`, and its texts stay texts."""
    if isinstance(value, Unknown) or depth > MAX_DEPTH:
        unknown.append(path)
        return _GONE
    if isinstance(value, dict):
        pairs = ((key, _document(one, f"{path}.{key}", unknown, depth + 1)) for key, one in value.items())
        return {key: one for key, one in pairs if one is not _GONE and one is not None}
    if isinstance(value, list):
        out: list[Any] = []
        for one in value:
            if isinstance(one, Unknown):
                unknown.append(f"{path}[]")
            elif (plain := _document(one, f"{path}[{len(out)}]", unknown, depth + 1)) is not _GONE:
                out.append(plain)
        return out
    if isinstance(value, Json):
        return _document(value.value, path, unknown, depth + 1)
    return str(value) if isinstance(value, Linked) else value


def _statement(one: dict[str, Any]) -> dict[str, Any]:
    for key in _LISTS:
        if key in one and not isinstance(one[key], list):
            one[key] = [one[key]]
    if isinstance(one.get("Condition"), dict):
        one["Condition"] = {test: _conditions(values) for test, values in one["Condition"].items()}
    for key in ("Principal", "NotPrincipal"):
        if key in one:
            one[key] = _principal(one[key])
    return one


def _conditions(values: Any) -> Any:
    """Return the values of a test by variable, each a list."""
    if not isinstance(values, dict):
        return values
    return {name: value if isinstance(value, list) else [value] for name, value in values.items()}


def _principal(value: Any) -> dict[str, list[Any]]:
    """Return principals by kind, each a list; `*` alone is everybody, which AWS reads as `{"AWS": "*"}`."""
    if not isinstance(value, dict):
        return {"AWS": value if isinstance(value, list) else [value]}
    return {kind: names if isinstance(names, list) else [names] for kind, names in value.items()}


def _node(raw: Raw) -> Node:
    """Return what linking needs of a resource: which attribute refers to what."""
    return Node(raw.type, raw.address, raw.base, raw.key, tuple(_references(raw)), _names(raw))


def _references(raw: Raw) -> Iterator[tuple[str, Reference]]:
    for name, value in raw.attrs.items():
        for reference in references_of(value):
            yield name, reference


def _names(raw: Raw) -> dict[str, str]:
    """Return the top-level texts by which resources may name each other; a variable stands for one."""
    out = {name: str(value) for name, value in raw.attrs.items() if isinstance(value, str)}
    for name, value in raw.attrs.items():
        if isinstance(value, Unknown) and len(value.references) == 1 and value.references[0].attribute == VARIABLE:
            out[name] = f"${{{value.references[0].address}}}"
    return out
