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

MAX_NESTING = 3


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


def check_nesting(root: syntax.Node) -> None:
    """Raise UsageError if loops are nested deeper than MAX_NESTING; the time to find the bound doubles with each."""
    if nesting(root) > MAX_NESTING:
        raise UsageError(f"loops are nested deeper than {MAX_NESTING}", "Use fewer nested loops")


def nesting(node: syntax.Node) -> int:
    """Return how deep loops stand in the bodies of loops."""
    if isinstance(node, syntax.Loop):
        body = 1 + max(nesting(node.condition), nesting(node.step))
        return max(body, nesting(node.source), nesting(node.start), nesting(node.result))
    return max(map(nesting, syntax.children(node)), default=0)


def only_asks(node: syntax.Node) -> bool:
    """Return whether every loop is an `all` or `exists`, whose rounds make nothing but a truth."""
    if isinstance(node, syntax.Loop):
        step = node.step
        if not (isinstance(step, syntax.Call) and step.function in {"_&&_", "_||_"}):
            return False
    return all(map(only_asks, syntax.children(node)))


def is_safe(root: syntax.Node, names: Iterable[str], size: float) -> bool:
    """Return whether the work stays within MAX_WORK although every variable of `names` weighs `size`."""
    return bound(root, dict.fromkeys(names, Bound(size, 1))).work <= MAX_WORK


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


def _loop(node: syntax.Loop, known: Mapping[str, Bound]) -> Bound:
    """Bound a loop over elements x of total size S, of which there are fewer than S.

    Every bound is a sum, maximum or product of bounds, so it is convex and grows in the size of x. So f(x) - f(0) is
    superadditive, and the sum of f over all elements is at most S f(0) + f(S) - f(0).
    """
    source, start = bound(node.source, known), bound(node.start, known)

    def once(element: float) -> Bound:
        inside = {**known, **dict.fromkeys(node.variables, Bound(element, 1)), node.accumulator: Bound(1, 1)}
        work = bound(node.step, inside).work + bound(node.condition, inside).work
        return Bound(_growth(node.step, node.accumulator, inside), work)

    none, whole = once(0), once(source.size)
    if math.inf in {whole.size, whole.work}:
        return Bound(math.inf, math.inf)
    size = start.size + source.size * none.size + whole.size - none.size
    work = source.size * none.work + whole.work - none.work
    result = bound(node.result, {**known, node.accumulator: Bound(size, 1)})
    return Bound(result.size, source.work + start.work + work + result.work)


def _growth(step: syntax.Node, accumulator: str, known: Mapping[str, Bound]) -> float:
    """Return what one round adds to the accumulator's size; infinite for a step that no macro of CEL makes."""
    match step:
        case syntax.Ident(name=name) if name == accumulator:
            return 0
        case syntax.Call(function="_+_", args=(syntax.Ident(name=name), added)) if name == accumulator:
            return bound(added, known).size
        case syntax.Call(function="_?_:_", args=(_, yes, no)):
            return max(_growth(yes, accumulator, known), _growth(no, accumulator, known))
        case syntax.Call(function="_&&_" | "_||_"):
            return 1
        case _:
            return math.inf
