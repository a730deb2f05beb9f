"""The checked syntax tree of a CEL expression, read from the bytes of `Expression.serialize()`.

The bytes are a `cel.expr.CheckedExpr` (google/cel-spec, proto/cel/expr/checked.proto and syntax.proto) in a
`google.protobuf.Any`. Python has no classes for these messages, so the few fields needed are read from the wire
format (protobuf.dev, Encoding): a tag is `number << 3 | type`; type 0 is a varint, 1 eight bytes, 2 length-prefixed,
5 four bytes.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from secloop.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH = 100
Constant = None | bool | int | float | str | bytes

_ANY_VALUE = 2
_LENGTH_PREFIXED = 2
_CHECKED_EXPR = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """An expression. `wire` is its own message, so that a part of an expression can be evaluated by itself."""

    wire: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Const(Node):
    """A literal."""

    value: Constant


@dataclass(frozen=True, slots=True, kw_only=True)
class Ident(Node):
    """A variable; a declared dotted name, such as `f.kev`, is one variable."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Select(Node):
    """`operand.field`, or `has(operand.field)`."""

    operand: Node
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Node):
    """A function or an operator (`_&&_`, `_[_]`, `_?_:_` ...); a method's receiver is the first of `args`."""

    function: str
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection(Node):
    """A list, map or message literal; `items` are its elements, or its keys and values."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop(Node):
    """A comprehension, which every macro (`all`, `exists`, `map` ...) becomes; `result` reads `accumulator`."""

    variables: tuple[str, ...]
    source: Node
    accumulator: str
    start: Node
    condition: Node
    step: Node
    result: Node


def children(node: Node) -> tuple[Node, ...]:
    """Return the direct parts of a node."""
    match node:
        case Select(operand=operand):
            return (operand,)
        case Call(args=parts) | Collection(items=parts):
            return parts
        case Loop():
            return (node.source, node.start, node.condition, node.step, node.result)
        case _:
            return ()


def tree(serialized: bytes) -> Node:
    """Return the root of a serialized, checked expression. Raises: UsageError if it is nested deeper than MAX_DEPTH."""
    return _node(_sub(_sub(serialized, _ANY_VALUE), _CHECKED_EXPR), 0)


def with_root(serialized: bytes, node: Node) -> bytes:
    """Return the serialized form of a part of an expression that reads no loop variable; types and references stay."""
    parts = []
    for number, value, raw in _fields(serialized):
        if number == _ANY_VALUE and isinstance(value, bytes):
            kept = b"".join(field for n, _, field in _fields(value) if n != _CHECKED_EXPR)
            parts.append(_message(_ANY_VALUE, kept + _message(_CHECKED_EXPR, node.wire)))
        else:
            parts.append(raw)
    return b"".join(parts)


def _node(wire: bytes, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise UsageError(f"the expression is nested deeper than {MAX_DEPTH}", "Split it into several rules")
    for number, value, _ in _fields(wire):
        if isinstance(value, bytes) and number in _READERS:
            return _READERS[number](wire, value, depth + 1)
    return Const(wire=wire, value=None)


def _const(wire: bytes, body: bytes, _: int) -> Node:
    for number, value, _raw in _fields(body):
        return Const(wire=wire, value=_constant(number, value))
    return Const(wire=wire, value=None)


def _constant(number: int, value: int | bytes) -> Constant:
    """Return a literal by its field of `Constant`: null 1, bool 2, int64 3, uint64 4, double 5, string 6, bytes 7."""
    if isinstance(value, int):
        signed = value - (1 << 64) if number == 3 and value >> 63 else value  # noqa: PLR2004 - int64, see above
        return None if number == 1 else bool(value) if number == 2 else signed  # noqa: PLR2004 - as above
    if number == 5:  # noqa: PLR2004 - as above
        return float(struct.unpack("<d", value)[0])
    return value.decode() if number == 6 else value  # noqa: PLR2004 - as above


def _ident(wire: bytes, body: bytes, _: int) -> Node:
    return Ident(wire=wire, name=_sub(body, 1).decode())


def _select(wire: bytes, body: bytes, depth: int) -> Node:
    return Select(wire=wire, operand=_node(_sub(body, 1), depth), field=_sub(body, 2).decode())


def _call(wire: bytes, body: bytes, depth: int) -> Node:
    args = tuple(_node(v, depth) for n, v in _subs(body) if n in {1, 3})
    return Call(wire=wire, function=_sub(body, 2).decode(), args=args)


def _list(wire: bytes, body: bytes, depth: int) -> Node:
    return Collection(wire=wire, items=tuple(_node(v, depth) for n, v in _subs(body) if n == 1))


def _struct(wire: bytes, body: bytes, depth: int) -> Node:
    entries = [entry for n, entry in _subs(body) if n == 2]  # noqa: PLR2004 - CreateStruct.entries
    return Collection(wire=wire, items=tuple(_node(v, depth) for e in entries for n, v in _subs(e) if n in {3, 4}))


def _loop(wire: bytes, body: bytes, depth: int) -> Node:
    parts = dict(_subs(body))
    variables = tuple(parts[n].decode() for n in (1, 8) if parts.get(n))
    source, start, condition, step, result = (_node(parts[n], depth) for n in (2, 4, 5, 6, 7))
    return Loop(
        wire=wire,
        variables=variables,
        source=source,
        accumulator=parts[3].decode(),
        start=start,
        condition=condition,
        step=step,
        result=result,
    )


_READERS = {3: _const, 4: _ident, 5: _select, 6: _call, 7: _list, 8: _struct, 9: _loop}
"""The members of the `oneof` of `cel.expr.Expr`, by field number."""


def _sub(message: bytes, number: int) -> bytes:
    return next((value for n, value in _subs(message) if n == number), b"")


def _subs(message: bytes) -> Iterator[tuple[int, bytes]]:
    return ((n, value) for n, value, _ in _fields(message) if isinstance(value, bytes))


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes, bytes]]:
    """Iterate over (field number, value, the field as it stands) of a message."""
    at = 0
    while at < len(message):
        start = at
        tag, at = _varint(message, at)
        value: int | bytes
        match tag & 7:
            case 0:
                value, at = _varint(message, at)
            case 1:
                value, at = message[at : at + 8], at + 8
            case 5:
                value, at = message[at : at + 4], at + 4
            case _:
                length, at = _varint(message, at)
                value, at = message[at : at + length], at + length
        yield tag >> 3, value, message[start:at]


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, at


def _message(number: int, body: bytes) -> bytes:
    """Return `body` as the length-prefixed field `number`."""
    length, out = len(body), bytearray([number << 3 | _LENGTH_PREFIXED])
    while length > 0x7F:  # noqa: PLR2004 - seven bits a byte
        out.append(length & 0x7F | 0x80)
        length >>= 7
    return bytes(out) + bytes([length]) + body
