"""Kubernetes' lists library and cel-go's sets and lists extensions."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from secloop.policy.cel_libraries.base import Function, method, same

MAX_RANGE = 10_000
"""The longest list that `lists.range` makes; the engine ends loops there too."""


def _is_sorted(values: list[Any]) -> bool:
    return all(not _is_less(after, before) for before, after in pairwise(values))


def _is_less(left: Any, right: Any) -> bool:
    if isinstance(left, bool) is not isinstance(right, bool):
        raise TypeError("values of different types cannot be ordered")
    return bool(left < right)


def _sum(values: list[Any]) -> Any:
    """Return the sum of numbers or durations; 0 of nothing."""
    if any(isinstance(value, bool) for value in values):
        raise TypeError("a sum of bools")
    return sum(values[1:], start=values[0]) if values else 0


def _extreme(values: list[Any], *, greatest: bool) -> Any:
    if not values:
        raise ValueError("min or max of an empty list")
    best = values[0]
    for value in values[1:]:
        if _is_less(best, value) is greatest and not same(best, value):
            best = value
    return best


def _min(values: list[Any]) -> Any:
    return _extreme(values, greatest=False)


def _max(values: list[Any]) -> Any:
    return _extreme(values, greatest=True)


def _index_of(values: list[Any], wanted: Any) -> int:
    return next((n for n, value in enumerate(values) if same(value, wanted)), -1)


def _last_index_of(values: list[Any], wanted: Any) -> int:
    return next((n for n in range(len(values) - 1, -1, -1) if same(values[n], wanted)), -1)


def _contains(values: list[Any], wanted: list[Any]) -> bool:
    return all(any(same(value, one) for value in values) for one in wanted)


def _equivalent(left: list[Any], right: list[Any]) -> bool:
    return _contains(left, right) and _contains(right, left)


def _intersects(left: list[Any], right: list[Any]) -> bool:
    return any(same(one, other) for one in left for other in right)


def _distinct(values: list[Any]) -> list[Any]:
    out: list[Any] = []
    for value in values:
        if _index_of(out, value) < 0:
            out.append(value)
    return out


def _flatten(values: list[Any], depth: int = 1) -> list[Any]:
    if depth < 0:
        raise ValueError("flatten to a negative depth")
    out: list[Any] = []
    for value in values:
        out += _flatten(value, depth - 1) if isinstance(value, list) and depth else [value]
    return out


def _slice(values: list[Any], start: int, end: int) -> list[Any]:
    if not 0 <= start <= end <= len(values):
        raise ValueError(f"no slice from {start} to {end} of {len(values)} elements")
    return values[start:end]


def _sorted(values: list[Any]) -> list[Any]:
    kinds = {type(value) for value in values}
    if len(kinds - {int, float}) + bool(kinds & {int, float}) > 1 or kinds & {list, dict}:
        raise TypeError("only values of one simple type can be sorted")
    return sorted(values)


def _reverse(values: list[Any]) -> list[Any]:
    return values[::-1]


def _range(count: int) -> list[int]:
    if count > MAX_RANGE:
        raise ValueError(f"a range of more than {MAX_RANGE}")
    return list(range(max(count, 0)))


def keys(values: Any) -> list[Any]:
    """Return the keys of a map, or the indices of a list; the macros of two variables run over them."""
    return list(values) if isinstance(values, dict) else list(range(len(values)))


def to_map(pairs: list[Any]) -> dict[Any, Any]:
    """Return the map of [key, value] pairs. Raises: ValueError if a key repeats."""
    out = {key: value for key, value in pairs}  # noqa: C416 - a pair is checked to be one
    if len(out) != len(pairs):
        raise ValueError("a key is there twice")
    return out


def merged(maps: list[Any]) -> dict[Any, Any]:
    """Return the union of maps. Raises: ValueError if a key repeats."""
    return to_map([[key, value] for one in maps for key, value in one.items()])


FUNCTIONS = (
    method("isSorted", ("list",), "bool", _is_sorted),
    method("sum", ("list",), "dyn", _sum),
    method("min", ("list",), "dyn", _min),
    method("max", ("list",), "dyn", _max),
    method("indexOf", ("list", "dyn"), "int", _index_of),
    method("lastIndexOf", ("list", "dyn"), "int", _last_index_of),
    Function(name="sets.contains", takes=("list", "list"), gives="bool", run=_contains),
    Function(name="sets.equivalent", takes=("list", "list"), gives="bool", run=_equivalent),
    Function(name="sets.intersects", takes=("list", "list"), gives="bool", run=_intersects),
    method("distinct", ("list",), "list", _distinct),
    method("flatten", ("list",), "list", _flatten),
    method("flatten", ("list", "int"), "list", _flatten),
    method("slice", ("list", "int", "int"), "list", _slice),
    method("sort", ("list",), "list", _sorted),
    method("reverse", ("list",), "list", _reverse),
    Function(name="lists.range", takes=("int",), gives="list<int>", run=_range),
    Function(name="secloop_keys", takes=("list",), gives="list", run=keys),
    Function(name="secloop_keys", takes=("map",), gives="list", run=keys),
    Function(name="secloop_map", takes=("list",), gives="map", run=to_map),
    Function(name="secloop_merged", takes=("list",), gives="map", run=merged),
)
