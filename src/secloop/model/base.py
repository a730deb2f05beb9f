"""The base of every model value, and its JSON and msgpack codecs."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """A frozen, keyword-only value that survives a JSON and a msgpack round trip unchanged."""


T = TypeVar("T")


def to_json(value: object) -> bytes:
    """Return `value` as compact JSON, keys in field order (dict keys sorted), so equal values are equal bytes."""
    return msgspec.json.encode(value, order="sorted") if isinstance(value, dict) else msgspec.json.encode(value)


def from_json(data: bytes | str, type_: type[T]) -> T:
    """Return the `type_` that `data` holds. Raises: msgspec.ValidationError, msgspec.DecodeError."""
    return msgspec.json.decode(data, type=type_)


def to_msgpack(value: object) -> bytes:
    """Return `value` as msgpack bytes."""
    return msgspec.msgpack.encode(value)


def from_msgpack(data: bytes, type_: Any) -> Any:  # noqa: ANN401 - a union of structs is not a `type`
    """Return the `type_` (a struct or a union of tagged structs) that `data` holds. Raises: msgspec.ValidationError."""
    return msgspec.msgpack.decode(data, type=type_)
