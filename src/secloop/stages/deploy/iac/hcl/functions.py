"""Terraform's functions, as far as configurations of security use them; any other is unknown.

Every function takes plain values. Where an argument is unknown the answer is, except for those that only carry their
arguments along (`concat`, `merge`, `jsonencode` ...). A wrong argument gives an unknown, never an error.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import json
import math
from typing import TYPE_CHECKING, Any

from secloop.model.regex import lazy
from secloop.resources.values import (
    UNKNOWN,
    Json,
    Unknown,
    boolean,
    has_unknown,
    json_text,
    number,
    references_of,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_ITEMS = 10_000
"""The longest list that a function makes."""

MAX_TEXT = 1 << 20
_VERB = lazy(r"%(?:%|[-+# 0]{0,4}\d{0,3}(?:\.\d{1,3})?[vsdfqt])")
_MOST_JSON_DEPTH = 100


def call(name: str, arguments: list[Any]) -> Any:
    """Return what a function makes of its arguments, Unknown where that is not known."""
    name = name.removeprefix("core::")
    if name in _CARRIERS:
        function = _CARRIERS[name]
    elif name in _FUNCTIONS and not any(map(has_unknown, arguments)):
        function = _FUNCTIONS[name]
    else:
        return Unknown(references_of(arguments))
    try:
        found = function(*arguments)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, ArithmeticError, RecursionError):
        return Unknown(references_of(arguments))
    if (isinstance(found, list) and len(found) > MAX_ITEMS) or (isinstance(found, str) and len(found) > MAX_TEXT):
        return Unknown(references_of(arguments))
    return found


def _text(value: Any) -> str:
    text = text_of(value)
    if text is None:
        raise TypeError
    return text


def _number(value: Any) -> int | float:
    found = number(value)
    if found is None:
        raise TypeError
    return found


def _integer(value: Any) -> int:
    return int(_number(value))


def _concat(*lists: Any) -> Any:
    if any(isinstance(one, Unknown) for one in lists):
        # what is known is kept: an unknown list is one unknown element
        return [item for one in lists for item in ([one] if isinstance(one, Unknown) else one)]
    return [item for one in lists for item in one]


def _merge(*objects: Any) -> Any:
    if any(isinstance(one, Unknown) for one in objects):
        return Unknown(references_of(list(objects)))
    return {key: value for one in objects if one is not None for key, value in one.items()}


def _lookup(table: Any, key: Any, default: Any = UNKNOWN) -> Any:
    if isinstance(table, Unknown) or isinstance(key, Unknown):
        return Unknown(references_of([table, key, default]))
    return table.get(_text(key), default)


def _element(items: Any, at: Any) -> Any:
    return items if isinstance(items, Unknown) else items[_integer(at) % len(items)]


def _flatten(items: Any) -> Any:
    if isinstance(items, Unknown):
        return items
    out: list[Any] = []
    stack = [iter(items)]
    while stack:
        for one in stack[-1]:
            if isinstance(one, list):
                if len(stack) > _MOST_JSON_DEPTH or len(out) > MAX_ITEMS:
                    raise ValueError
                stack.append(iter(one))
                break
            out.append(one)
        else:
            stack.pop()
    return out


def _coalesce(*values: Any) -> Any:
    for value in values:
        if isinstance(value, Unknown):
            return Unknown(references_of(list(values)))
        if value not in (None, ""):
            return value
    raise ValueError


def _compact(items: Any) -> Any:
    return items if isinstance(items, Unknown) else [one for one in items if one not in (None, "")]


def _length(value: Any) -> Any:
    if isinstance(value, str):
        return len(value)
    return UNKNOWN if isinstance(value, Unknown) else len(value)


def _set(items: Any) -> Any:
    """Return a list whose elements differ; sets of texts are sorted, as Terraform iterates over them."""
    if isinstance(items, Unknown):
        return items
    out: list[Any] = []
    for one in items:
        if one not in out:
            out.append(one)
    return sorted(out) if all(isinstance(one, str) for one in out) else out


def _format(form: Any, *values: Any) -> str:
    left = list(values)
    used = 0

    def put(found: Any) -> str:
        nonlocal used
        verb = found[0]
        if verb == "%%":
            return "%"
        used += 1
        value = left[used - 1]
        if verb[-1] in "df":
            return str(verb) % (_integer(value) if verb[-1] == "d" else float(_number(value)))
        if verb[-1] == "q":
            return json.dumps(_text(value))
        return json_text(value) if isinstance(value, list | dict) else _text(value)

    return str(_VERB.sub(put, _text(form)))


def _jsondecode(text: Any) -> Any:
    return text.value if isinstance(text, Json) else json.loads(_text(text))


def _range(*limits: Any) -> list[Any]:
    bounds = [_integer(one) for one in limits]
    found = range(*bounds)
    if len(found) > MAX_ITEMS:
        raise ValueError
    return list(found)


def _cidrsubnet(prefix: Any, bits: Any, at: Any) -> str:
    network = ipaddress.ip_network(_text(prefix), strict=False)
    length = network.prefixlen + _integer(bits)
    if length > network.max_prefixlen or not 0 <= _integer(at) < 1 << _integer(bits):
        raise ValueError
    start = int(network.network_address) + (_integer(at) << (network.max_prefixlen - length))
    return f"{ipaddress.ip_address(start)}/{length}"


def _cidrhost(prefix: Any, at: Any) -> str:
    return str(ipaddress.ip_network(_text(prefix), strict=False)[_integer(at)])


def _base64(text: Any) -> str:
    return base64.b64encode(_text(text).encode()).decode()


def _unbase64(text: Any) -> str:
    try:
        return base64.b64decode(_text(text), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError from error


def _substr(text: Any, start: Any, length: Any) -> str:
    whole, at, size = _text(text), _integer(start), _integer(length)
    at = max(0, len(whole) + at) if at < 0 else at
    return whole[at:] if size < 0 else whole[at : at + size]


def _replace(text: Any, old: Any, new: Any) -> str:
    if len(_text(old)) > 1 and _text(old)[0] == _text(old)[-1] == "/":
        raise ValueError  # a regular expression of the user's: not run here
    return _text(text).replace(_text(old), _text(new))


def _tobool(value: Any) -> bool:
    found = boolean(value)
    if found is None:
        raise TypeError
    return found


def _tostring(value: Any) -> Any:
    return value if isinstance(value, Unknown) or value is None else _text(value)


def _first(value: Any, *_: Any) -> Any:
    return value


def _values(table: Any) -> Any:
    return table if isinstance(table, Unknown) else [table[key] for key in sorted(table)]


def _keys(table: Any) -> Any:
    return table if isinstance(table, Unknown) else sorted(table)


def _contains(items: Any, wanted: Any) -> Any:
    if isinstance(items, list) and not isinstance(wanted, Unknown) and wanted in items:
        return True
    return UNKNOWN if has_unknown(items) or has_unknown(wanted) else wanted in items


def _one(items: Any) -> Any:
    if isinstance(items, Unknown):
        return items
    return items[0] if items else None


_CARRIERS: Mapping[str, Callable[..., Any]] = {
    "coalesce": _coalesce,
    "coalescelist": lambda *lists: next(one for one in lists if one),
    "compact": _compact,
    "concat": _concat,
    "contains": _contains,
    "distinct": lambda items: items if isinstance(items, Unknown) else _distinct(items),
    "element": _element,
    "flatten": _flatten,
    "jsondecode": lambda text: text if isinstance(text, Unknown) else _jsondecode(text),
    "jsonencode": lambda value: value if isinstance(value, Unknown) else Json(value),
    "keys": _keys,
    "length": _length,
    "list": lambda *items: list(items),
    "lookup": _lookup,
    "merge": _merge,
    "nonsensitive": _first,
    "one": _one,
    "sensitive": _first,
    "tolist": _first,
    "tomap": _first,
    "toset": _set,
    "tostring": _tostring,
    "values": _values,
    "zipmap": lambda keys, values: dict(zip(map(_text, keys), values, strict=True)),
}
"""Functions that carry unknown elements along."""


def _distinct(items: list[Any]) -> list[Any]:
    out: list[Any] = []
    for one in items:
        if one not in out:
            out.append(one)
    return out


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "abs": lambda x: abs(_number(x)),
    "alltrue": lambda items: all(map(_tobool, items)),
    "anytrue": lambda items: any(map(_tobool, items)),
    "base64decode": _unbase64,
    "base64encode": _base64,
    "basename": lambda path: _text(path).rstrip("/").rpartition("/")[2],
    "ceil": lambda x: math.ceil(_number(x)),
    "chomp": lambda text: _text(text).rstrip("\r\n"),
    "chunklist": lambda items, size: [items[i : i + _integer(size)] for i in range(0, len(items), _integer(size))],
    "cidrhost": _cidrhost,
    "cidrnetmask": lambda prefix: str(ipaddress.ip_network(_text(prefix), strict=False).netmask),
    "cidrsubnet": _cidrsubnet,
    "dirname": lambda path: _text(path).rpartition("/")[0] or ".",
    "endswith": lambda text, end: _text(text).endswith(_text(end)),
    "floor": lambda x: math.floor(_number(x)),
    "format": _format,
    "formatlist": lambda form, items: [_format(form, one) for one in items],
    "index": lambda items, one: items.index(one),
    "indent": lambda count, text: _text(text).replace("\n", "\n" + " " * min(_integer(count), 100)),
    "join": lambda sign, *lists: _text(sign).join(_text(one) for items in lists for one in items),
    "lower": lambda text: _text(text).lower(),
    "map": lambda *pairs: {_text(key): value for key, value in zip(pairs[::2], pairs[1::2], strict=True)},
    "max": lambda *values: max(map(_number, values)),
    "min": lambda *values: min(map(_number, values)),
    "parseint": lambda text, base: int(_text(text), _integer(base)),
    "pow": lambda x, y: math.pow(_number(x), _number(y)),
    "range": _range,
    "replace": _replace,
    "reverse": lambda items: items[::-1],
    "setintersection": lambda first, *more: [x for x in _set(first) if all(x in other for other in more)],
    "setsubtract": lambda first, other: [x for x in _set(first) if x not in other],
    "setunion": lambda *sets: _set(_concat(*sets)),
    "signum": lambda x: (_number(x) > 0) - (_number(x) < 0),
    "slice": lambda items, start, end: items[_integer(start) : _integer(end)],
    "sort": lambda items: sorted(map(_text, items)),
    "split": lambda sign, text: _text(text).split(_text(sign)),
    "startswith": lambda text, start: _text(text).startswith(_text(start)),
    "strcontains": lambda text, part: _text(part) in _text(text),
    "strrev": lambda text: _text(text)[::-1],
    "substr": _substr,
    "sum": lambda items: sum(map(_number, items)),
    "title": lambda text: _text(text).title(),
    "tobool": _tobool,
    "tonumber": _number,
    "trim": lambda text, signs: _text(text).strip(_text(signs)),
    "trimprefix": lambda text, start: _text(text).removeprefix(_text(start)),
    "trimspace": lambda text: _text(text).strip(),
    "trimsuffix": lambda text, end: _text(text).removesuffix(_text(end)),
    "upper": lambda text: _text(text).upper(),
}
"""Functions of known values."""
