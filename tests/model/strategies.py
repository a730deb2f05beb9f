"""Hypothesis strategies for every model value, made from its field types."""

from __future__ import annotations

import types
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from hypothesis import strategies as st

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=12),
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    type(None): st.none(),
    Any: _JSON,
}


@cache
def of(type_: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for a field type or a struct."""
    if type_ in _PLAIN:
        return _PLAIN[type_]
    if isinstance(type_, type) and issubclass(type_, Enum):
        return st.sampled_from(type_)
    if isinstance(type_, type) and issubclass(type_, msgspec.Struct):
        fields = {each.name: of(each.type) for each in msgspec.structs.fields(type_)}
        return st.builds(type_, **fields)
    return _generic(get_origin(type_), get_args(type_))


def _generic(origin: Any, args: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if origin in {Union, types.UnionType}:
        return st.one_of([of(each) for each in args])
    if origin is Literal:
        return st.sampled_from(args)
    if origin is Annotated:
        return _constrained(args[0], args[1])
    if origin is tuple and args[-1] is Ellipsis:
        return st.lists(of(args[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*(of(each) for each in args))
    if origin is dict:
        return st.dictionaries(of(args[0]), of(args[1]), max_size=2)
    raise TypeError(origin, args)


def _constrained(type_: Any, meta: msgspec.Meta) -> st.SearchStrategy[Any]:
    if meta.pattern:
        return st.from_regex(meta.pattern.replace("$", r"\Z"), fullmatch=True)
    return st.integers(int(meta.ge or 0), int(meta.le or 2**31)) if type_ is int else of(type_)
