"""What an expression reads of its variables, told finely.

A loop over blocks reads their number, and of each block only what its body selects.

So a block with an unknown description does not make a rule about its ports unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from secloop.policy import syntax

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Read(NamedTuple):
    """A path that is read. `whole` says that all that lies below counts, not only that it is there."""

    path: str
    whole: bool


DOT = "\x1f"
"""Stands for a dot in a name that is one step of a path."""

_SELECTIONS = frozenset({"_[_]", "_?._", "_[?_]"})
_PASSING = frozenset({"orValue", "or"})
_COUNTING = frozenset({"size", "hasValue"})


def reads(root: syntax.Node) -> frozenset[Read]:
    """Return what an expression reads; elements of lists have no step of their own in a path."""
    return frozenset(_walk(root, {}, whole=True))


def touches(read: Read, unknown: str) -> bool:
    """Return whether an unknown path, without indices, matters to a read."""
    if read.path == unknown or read.path.startswith(unknown + "."):
        return True
    return read.whole and unknown.startswith(read.path + ".")


def constants(node: syntax.Node) -> Iterator[syntax.Constant]:
    """Yield the literals of an expression."""
    if isinstance(node, syntax.Const):
        yield node.value
    for child in syntax.children(node):
        yield from constants(child)


def functions(node: syntax.Node) -> Iterator[str]:
    """Yield the names of the functions and operators of an expression."""
    if isinstance(node, syntax.Call):
        yield node.function
    for child in syntax.children(node):
        yield from functions(child)


def _walk(node: syntax.Node, bound: Mapping[str, str], *, whole: bool) -> Iterator[Read]:
    path = _path(node, bound)
    if path is not None:
        if path:
            yield Read(path, whole)
        yield from _beside(node, bound)
    elif isinstance(node, syntax.Loop):
        source = _path(node.source, bound) or ""
        yield from _walk(node.source, bound, whole=False)
        yield from _walk(node.start, bound, whole=True)
        inner = {**bound, **dict.fromkeys(node.variables, source), node.accumulator: ""}
        for part in (node.condition, node.step, node.result):
            yield from _walk(part, inner, whole=True)
    elif isinstance(node, syntax.Call) and node.function in _COUNTING and node.args:
        yield from _walk(node.args[0], bound, whole=False)
    else:
        for child in syntax.children(node):
            yield from _walk(child, bound, whole=True)


def _path(node: syntax.Node, bound: Mapping[str, str]) -> str | None:
    """Return the path of a chain of selections, '' for one that leads nowhere, None for what is no chain."""
    match node:
        case syntax.Ident(name=name):
            return bound.get(name, name)
        case syntax.Select(operand=operand, field=field):
            return _below(_path(operand, bound), field)
        case syntax.Call(function=function, args=(operand, key)) if function in _SELECTIONS:
            named = key.value if isinstance(key, syntax.Const) else None
            path = _path(operand, bound)
            return _below(path, named) if isinstance(named, str) else path
        case syntax.Call(function=function, args=(operand, _)) if function in _PASSING:
            return _path(operand, bound)
        case _:
            return None


def _below(path: str | None, field: str) -> str | None:
    return f"{path}.{step(field)}" if path else path


def step(name: str) -> str:
    """Return a name as one step of a path: a dot in it is no dot of the path."""
    return name.replace(".", DOT)


def steps(path: str) -> list[str]:
    """Return the names of a path."""
    return [one.replace(DOT, ".") for one in path.split(".")]


def _beside(node: syntax.Node, bound: Mapping[str, str]) -> Iterator[Read]:
    """Yield what is read along a chain besides the chain: computed keys and values given for what is absent."""
    while chain := syntax.children(node):
        for other in chain[1:]:
            yield from _walk(other, bound, whole=True)
        node = chain[0]
