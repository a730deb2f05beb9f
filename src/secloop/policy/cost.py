"""A bound on what evaluating an expression can cost, so that no policy can hang or fill the memory of a run.

The engine counts the rounds of loops (10,000 of an evaluation, then it gives an error), but not what a round makes:
lists and texts can double in each. It cannot be interrupted either. So the bound is computed before it starts, from the
syntax tree and the size of the values: every part gets an upper bound of the size of its value and of the work to make
it. A string weighs its length, a collection the sum of its elements and one for each. A loop multiplies the work of its
body by the size of its source.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from secloop.model.errors import UsageError
from secloop.policy import syntax

MAX_WORK = 20_000_000
"""Elementary steps; the engine does tens of millions a second."""


class Bound(NamedTuple):
    """Upper bounds of the size of a value and of the steps to make it."""

    size: float
    work: float


_BOOLEAN = frozenset({
    "_&&_", "_||_", "!_", "_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "@in", "_in_", "in", "contains", "startsWith",
    "endsWith", "matches", "hasValue", "@not_strictly_false", "size", "-_", "_-_", "_*_", "_/_", "_%_",
})  # fmt: skip
_SCALAR_TEXT = 64
"""The longest text of a number, time or duration."""


def safe_weight(root: syntax.Node, names: Iterable[str]) -> float:
    """Return a weight up to which every variable of `names` may be, all at once, for the work to stay within MAX_WORK.

    A power of two, or 0 if even small values are too much. Found once, it spares the full bound on each evaluation.
    """
    variables, safe, tried = tuple(names), 0.0, 16.0
    while tried <= MAX_WORK and bound(root, dict.fromkeys(variables, Bound(tried, 1))).work <= MAX_WORK:
        safe, tried = tried, tried * 2
    return safe


def check_cost(root: syntax.Node, values: Mapping[str, Any]) -> None:
    """Raise UsageError if evaluating `root` on `values` could take more than MAX_WORK steps."""
    sizes = {name: Bound(weight(value), 1) for name, value in values.items()}
    if bound(root, sizes).work > MAX_WORK:
        raise UsageError(
            "could take too long on this input (loops within loops over large values)", "Use fewer nested loops"
        )


def weight(value: object) -> float:
    """Return the size of a plain value: 1 for a scalar, the length of a text, the sum over a collection."""
    if isinstance(value, (str, bytes)):
        return 1 + len(value)
    if isinstance(value, (bool, int, float)):
        return 1
    if isinstance(value, Mapping):
        return 1 + sum(weight(key) + weight(item) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return 1 + sum(map(weight, value))
    return 1


def bound(node: syntax.Node, known: Mapping[str, Bound]) -> Bound:
    """Return the bounds of a part; `known` holds those of the variables, a missing one counts as a scalar."""
    match node:
        case syntax.Const(value=value):
            return Bound(weight(value), 1)
        case syntax.Ident(name=name):
            return known.get(name, Bound(1, 1))
        case syntax.Select(operand=operand):
            size, work = bound(operand, known)
            return Bound(size, work + 1)
        case syntax.Call():
            return _call(node, known)
        case syntax.Loop():
            return _loop(node, known)
        case _:
            parts = [bound(child, known) for child in syntax.children(node)]
            return Bound(1 + sum(p.size for p in parts), 1 + sum(p.work + p.size for p in parts))


def _call(node: syntax.Call, known: Mapping[str, Bound]) -> Bound:
    parts = [bound(arg, known) for arg in node.args]
    sizes = [part.size for part in parts]
    work = 1 + sum(part.work for part in parts)
    if node.function == "_?_:_":
        return Bound(max(sizes[1:]), work)
    if node.function in {"_[_]", "_[?_]", "_?._"}:
        return Bound(sizes[0], work)
    if node.function == "matches":  # RE2 is linear in the text, for a pattern of a given length
        return Bound(1, work + math.prod(sizes))
    touched = sum(size for arg, size in zip(node.args, sizes, strict=True) if not _is_accumulator(arg))
    return Bound(1 if node.function in _BOOLEAN else _grown(node, sizes), work + touched)


def _grown(node: syntax.Call, sizes: list[float]) -> float:
    """Return the size of a call that may return its arguments, or a text of them."""
    return sum(sizes) + (0 if node.function == "_+_" else _SCALAR_TEXT)


def _is_accumulator(node: syntax.Node) -> bool:
    """Return whether this is the hidden accumulator of a loop, which the engine extends in place."""
    return isinstance(node, syntax.Ident) and node.name.startswith("@")


_FAR = 1e30


def _loop(node: syntax.Loop, known: Mapping[str, Bound]) -> Bound:
    """Bound a loop over elements x of total size S, of which there are fewer than S.

    Every bound is convex and grows with the size of x and of the accumulator, being made of sums, maxima and products.
    1. So a step whose slope in the accumulator is at most 1 far out adds at most what it gives from nothing; a steeper
       one (doubling) has no bound.
    2. So f(x) - f(0) is superadditive: the sum of f over all elements is at most S f(0) + f(S) - f(0).
    """
    source = bound(node.source, known)
    start = bound(node.start, known)

    def step(element: float, accumulator: float) -> Bound:
        sizes = {**known, **dict.fromkeys(node.variables, Bound(element, 1)), node.accumulator: Bound(accumulator, 1)}
        size, work = bound(node.step, sizes)
        return Bound(size, work + bound(node.condition, sizes).work)

    slope = (step(source.size, _FAR).size - step(source.size, 0).size) / _FAR
    none, whole = step(0, 0), step(source.size, 0)
    final = start.size + source.size * none.size + whole.size - none.size if slope <= 1 else math.inf
    if final == math.inf:
        return Bound(math.inf, math.inf)
    none, whole = step(0, final), step(source.size, final)
    loops = source.size * none.work + whole.work - none.work
    result = bound(node.result, {**known, node.accumulator: Bound(final, 1)})
    return Bound(result.size, source.work + start.work + loops + result.work)
