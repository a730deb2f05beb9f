"""Operators and well-known methods on constants and collections."""

from __future__ import annotations

import operator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from secloop.stages.test.sast.flow.value import CLEAN, NOTHING, UNKNOWN, Value, constant, plain, union

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from secloop.stages.test.sast.flow.value import Key

LONGEST = 10_000
_NUMBERS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "%": operator.mod,
}
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "===": operator.eq,
    "!=": operator.ne,
    "!==": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "is": operator.eq,
    "is not": operator.ne,
    "in": lambda a, b: a in b,
    "not in": lambda a, b: a not in b,
}
COMPARISONS = frozenset(_COMPARE) | {"instanceof"}


def binary(sign: str, left: Value, right: Value) -> Value:
    """Return the value of a binary operation."""
    if sign in COMPARISONS:
        return _compared(sign, left, right)
    if sign in {"and", "&&", "or", "||"}:
        return _logical(sign, left, right)
    taint = union(left.all_taint(), right.all_taint())
    const = _arithmetic(sign, left, right)
    return Value(const=const, taint=taint) if const is not UNKNOWN else plain(taint)


def _compared(sign: str, left: Value, right: Value) -> Value:
    if left.known and right.known and sign in _COMPARE:
        try:
            return constant(_COMPARE[sign](left.const, right.const))
        except TypeError:
            return NOTHING
    return NOTHING


def _logical(sign: str, left: Value, right: Value) -> Value:
    if left.known:
        if sign in {"and", "&&"}:
            return right if left.const else left
        return left if left.const else right
    return plain(union(left.all_taint(), right.all_taint()))


def _arithmetic(sign: str, left: Value, right: Value) -> Any:
    one, other = left.const, right.const
    if not (left.known and right.known):
        return UNKNOWN
    if sign == "+" and (isinstance(one, str) or isinstance(other, str)):
        text = f"{_text(one)}{_text(other)}"
        return text if len(text) <= LONGEST else UNKNOWN
    if not isinstance(one, int | float) or not isinstance(other, int | float):
        return UNKNOWN
    try:
        if sign in {"/", "//"}:
            return one // other if isinstance(one, int) and isinstance(other, int) else one / other
        result = _NUMBERS[sign](one, other)
    except (KeyError, ZeroDivisionError, OverflowError):
        return UNKNOWN
    return result if abs(result) < 1 << 63 else UNKNOWN


def _text(value: Any) -> str:
    return (
        {True: "true", False: "false", None: "null"}.get(value, str(value))
        if not isinstance(value, int | float | str) or isinstance(value, bool)
        else str(value)
    )


def unary(sign: str, operand: Value) -> Value:
    """Return the value of an operation on one operand."""
    if sign in {"not", "!"}:
        return constant(not operand.const) if operand.known else NOTHING
    if sign == "-" and isinstance(operand.const, int | float):
        return constant(-operand.const)
    return plain(operand.all_taint()) if sign not in {"typeof", "delete", "void"} else NOTHING


def at(holder: Value, key: Value) -> Value:
    """Return the item of a collection, or the character of a string, at a key."""
    if holder.known and isinstance(holder.const, str) and isinstance(key.const, int):
        index = key.const
        return (
            constant(holder.const[index]).tainted(holder.taint)
            if -len(holder.const) <= index < len(holder.const)
            else NOTHING
        )
    if holder.items is None:
        return plain(union(holder.all_taint()))
    if key.known and isinstance(key.const, str | int):
        wanted: Key = key.const
        if holder.ordered and isinstance(wanted, int) and wanted < 0:
            wanted += len(holder.items)
        found = holder.items.get(wanted)
        if found is not None:
            return found.tainted(holder.taint)
        return plain(union(holder.taint, holder.rest.all_taint() if holder.rest is not None else CLEAN))
    return plain(holder.all_taint())


def with_item(holder: Value, key: Value, item: Value) -> Value:
    """Return the collection after `holder[key] = item`: the old item is gone where the key is known."""
    if key.known and isinstance(key.const, str | int) and not isinstance(key.const, bool):
        wanted: Key = key.const
        if holder.ordered and isinstance(wanted, int) and wanted < 0:
            wanted += len(holder.items or {})
        return replace(holder, const=UNKNOWN, items={**(holder.items or {}), wanted: item})
    taint = union(holder.rest.all_taint() if holder.rest is not None else CLEAN, item.all_taint())
    return replace(holder, const=UNKNOWN, rest=plain(taint) if taint else holder.rest)


def collection(items: Sequence[Value]) -> Value:
    """Return a list with these items."""
    return Value(items=dict(enumerate(items)), ordered=True)


def appended(holder: Value, item: Value, index: int | None = None) -> Value:
    """Return the list with an item more, at the end or at an index."""
    if holder.items is None or not holder.ordered:
        if holder.items is None and not holder.taint and not holder.known and holder.rest is None:
            return Value(rest=item, type=holder.type)
        return with_item(holder, NOTHING, item)
    items = list(holder.items.values())
    items.insert(len(items) if index is None else index, item)
    return replace(holder, items=dict(enumerate(items)))


def removed(holder: Value, key: Value | None) -> tuple[Value, Value]:
    """Return the collection without an item (the last one when there is no key), and that item."""
    if holder.items is None:
        return holder, plain(holder.all_taint())
    if holder.ordered:
        items = list(holder.items.values())
        index = key.const if key is not None and isinstance(key.const, int) else -1 if key is None else None
        if index is None or not -len(items) <= index < len(items):
            return replace(holder, ordered=False, items=None, rest=plain(holder.all_taint())), plain(holder.all_taint())
        item = items.pop(index)
        return replace(holder, items=dict(enumerate(items))), item
    if key is not None and key.known and key.const in holder.items:
        left = dict(holder.items)
        item = left.pop(key.const)  # type: ignore[arg-type]  # in the keys, as was just seen
        return replace(holder, items=left), item
    return holder, plain(holder.all_taint())
