"""Methods that programs of any of the languages use on strings and collections, by name and number of arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.test.sast.flow.compute import appended, at, removed, with_item
from secloop.stages.test.sast.flow.value import NOTHING, Value, constant, plain, union

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ADD = frozenset({"append", "add", "push", "addLast", "addElement", "offer"})
PUT = frozenset({"put", "set", "__setitem__", "setAttribute", "setItem", "setProperty"})
GET = frozenset({"get", "getItem", "getOrDefault", "getProperty", "__getitem__"})
FIRST = frozenset({"shift", "poll", "removeFirst"})
TAKE = frozenset({"pop", "remove", "removeLast"})
MIX_IN = frozenset(
    {
        "extend",
        "addAll",
        "update",
        "putAll",
        "write",
        "insert",
        "unshift",
        "concat",
        "setdefault",
        "appendChild",
        "print",
        "println",
        "append",
    }
)
"""Names of methods that put their arguments into the receiver."""
INTO_FIRST = frozenset(
    f"{holder}.{name}"
    for holder in ("Object", "_", "lodash", "$", "jQuery", "angular")
    for name in ("assign", "assignIn", "merge", "extend", "defaults", "defaultsDeep")
)
"""Functions that put their other arguments into the first one."""
YES_OR_NO = frozenset(
    {
        "startswith",
        "endswith",
        "startsWith",
        "endsWith",
        "contains",
        "containsKey",
        "has",
        "equals",
        "equalsIgnoreCase",
        "isdigit",
        "isalnum",
        "isalpha",
        "isEmpty",
        "includes",
        "matches",
        "hasOwnProperty",
        "hashCode",
        "indexOf",
        "length",
        "size",
        "isdecimal",
        "isnumeric",
    }
)
"""Names of methods whose answer tells little of the receiver's content."""

_TESTS: dict[str, Callable[[str, str], bool]] = {
    "equals": lambda text, other: text == other,
    "equalsIgnoreCase": lambda text, other: text.lower() == other.lower(),
    "startswith": lambda text, other: text.startswith(other),
    "startsWith": lambda text, other: text.startswith(other),
    "endswith": lambda text, other: text.endswith(other),
    "endsWith": lambda text, other: text.endswith(other),
    "contains": lambda text, other: other in text,
    "includes": lambda text, other: other in text,
}
_TEXT: dict[str, Callable[[str], str | int]] = {
    "upper": str.upper,
    "lower": str.lower,
    "toUpperCase": str.upper,
    "toLowerCase": str.lower,
    "strip": str.strip,
    "trim": str.strip,
    "length": len,
}


def on_receiver(name: str, receiver: Value, args: Sequence[Value]) -> tuple[Value, Value] | None:
    """Return (receiver afterwards, result) for a method that is known; None for any other."""
    return _put_in(name, receiver, args) or _taken_out(name, receiver, args) or _text_method(name, receiver, args)


def _put_in(name: str, receiver: Value, args: Sequence[Value]) -> tuple[Value, Value] | None:
    if name in ADD and len(args) == 1:
        return appended(receiver, args[0]), plain(receiver.all_taint())
    if name in {"insert", "add"} and len(args) == 2 and isinstance(args[0].const, int):
        return appended(receiver, args[1], args[0].const), NOTHING
    if name in PUT and len(args) == 2:
        return with_item(receiver, args[0], args[1]), NOTHING
    if name in PUT and len(args) == 3:
        return with_item(receiver, _pair(args[0], args[1]), args[2]), NOTHING
    return None


def _taken_out(name: str, receiver: Value, args: Sequence[Value]) -> tuple[Value, Value] | None:
    if receiver.items is None:
        return None
    if name in GET and args:
        return receiver, _got(receiver, args)
    if name in TAKE and len(args) <= 1:
        return removed(receiver, args[0] if args else None)
    return removed(receiver, constant(0)) if name in FIRST and not args else None


def _got(receiver: Value, args: Sequence[Value]) -> Value:
    if len(args) == 2 and _pair(args[0], args[1]).const in (receiver.items or {}):
        return at(receiver, _pair(args[0], args[1]))
    found = at(receiver, args[0])
    return found if len(args) == 1 else plain(union(found.all_taint(), args[1].all_taint()))


def _pair(section: Value, key: Value) -> Value:
    """Return the key of a table with two levels, such as a configuration's sections."""
    if section.known and key.known:
        return constant(f"{section.const}\0{key.const}")
    return NOTHING


def _text_method(name: str, receiver: Value, args: Sequence[Value]) -> tuple[Value, Value] | None:
    text = receiver.const
    result = _of_text(name, text, receiver, args) if isinstance(text, str) else None
    if result is not None:
        return receiver, result
    return (receiver, NOTHING) if name in YES_OR_NO else None


def _of_text(name: str, text: str, receiver: Value, args: Sequence[Value]) -> Value | None:
    """Return what a method of a known text answers."""
    given = [arg.const for arg in args]
    if name in _TEXT and not args:
        return constant(_TEXT[name](text))
    if name in _TESTS and len(args) == 1 and isinstance(given[0], str):
        return constant(_TESTS[name](text, given[0]))
    if name in {"charAt", "codePointAt"} and len(args) == 1:
        return at(receiver, args[0])
    if name in {"substring", "slice"} and args:
        bounds = [bound for bound in given if isinstance(bound, int)]
        return constant(text[bounds[0] : bounds[1] if len(bounds) > 1 else None]) if len(bounds) == len(args) else None
    return None
