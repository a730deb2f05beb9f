"""Abstract values: what is known of a value (a constant, the items of a collection) and the taint that it carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from secloop.stages.test.sast.tree import Node

Constant = str | int | float | bool | None
Key = str | int


class _Unknown:
    """The mark of a value that is no known constant (None is a constant)."""

    def __repr__(self) -> str:
        return "?"


UNKNOWN = _Unknown()


@dataclass(frozen=True, slots=True)
class Trace:
    """How taint came here: the node it passed last, and the way before."""

    node: Node
    before: Trace | None = None

    def path(self) -> list[Node]:
        """Return the nodes from the source on."""
        out: list[Node] = []
        at: Trace | None = self
        while at is not None:
            out.append(at.node)
            at = at.before
        return out[::-1]


SETTING, DEFAULT = "setting:", "default:"
"""How labels of what a configuration says begin; the key that the code asks for follows."""
ANY = -1
"""The rule of taint of every rule but those that it is `without`: what a caller, a function in another file or a source
that many rules share brings."""
SOURCE = "source"
"""The label of taint of `ANY` rule that a source brought."""


class CallRef(NamedTuple):
    """A call of a function in another file.

    `argument` is the one that carries taint; -1 is the receiver, None what the function reads itself.
    """

    target: str
    argument: int | None


class Mark(NamedTuple):
    """One taint: the number of the rule, the label, the offset of the source (or the number of the parameter).

    It holds when all `calls` pass it on. Taint of `ANY` rule keeps the rules of which it is none, or for which it has
    been sanitised.
    """

    rule: int
    label: str
    origin: int
    calls: tuple[CallRef, ...] = ()
    without: frozenset[int] = frozenset()

    @property
    def entered(self) -> bool:
        """Whether a source of this file brought it."""
        return self.rule != ANY or self.label == SOURCE

    def of(self, rule: int) -> bool:
        """Say whether it is taint of a rule."""
        return self.rule == rule or (self.rule == ANY and rule not in self.without)


MOST_MARKS = 24
MOST_CALLS = 4
Taint = Mapping[Mark, Trace]
CLEAN: Taint = {}


@dataclass(frozen=True, slots=True)
class Value:
    """What is known of a value.

    `items` are those of a collection or the fields of an object, by constant key; `rest` is what may be at a key that
    is not known. `ordered` says that the keys are positions 0..n-1, all known.
    """

    const: Constant | _Unknown = UNKNOWN
    taint: Taint = field(default_factory=dict)
    items: Mapping[Key, Value] | None = None
    rest: Value | None = None
    ordered: bool = False
    type: str = ""

    @property
    def known(self) -> bool:
        """Whether the value is a known constant."""
        return self.const is not UNKNOWN

    def all_taint(self) -> Taint:
        """Return the taint of the value and of all it holds."""
        if self.items is None and self.rest is None:
            return self.taint
        out = dict(self.taint)
        parts = list((self.items or {}).values())
        if self.rest is not None:
            parts.append(self.rest)
        for part in parts:
            out.update(part.all_taint())
        return out

    def tainted(self, taint: Taint) -> Value:
        """Return the value with more taint."""
        return replace(self, taint={**taint, **self.taint}) if taint else self


NOTHING = Value()


def constant(value: Constant) -> Value:
    """Return a known constant."""
    return Value(const=value)


def plain(taint: Taint) -> Value:
    """Return a value of which only the taint is known."""
    return Value(taint=taint) if taint else NOTHING


def union(*taints: Taint) -> Taint:
    """Return all taint of several."""
    full = [taint for taint in taints if taint]
    if not full:
        return CLEAN
    if len(full) == 1:
        return full[0]
    out: dict[Mark, Trace] = {}
    for taint in full:
        for mark, trace in taint.items():
            if len(out) < MOST_MARKS or mark.rule != ANY or mark.label == SOURCE:
                out.setdefault(mark, trace)
    return needed(out) if len(out) > MOST_MARKS else out


def needed(taint: Taint) -> Taint:
    """Return the taint that says all: of marks of a rule and label, none that holds only where another one does too.

    What differs in where it comes from alone is one and the same, unless it comes from parameters.
    """
    groups: dict[tuple[object, ...], list[Mark]] = {}
    for mark in taint:
        origin = mark.origin if mark.rule == ANY and mark.label == "param" else 0
        groups.setdefault((mark.rule, mark.label, origin, mark.without), []).append(mark)
    if len(groups) == len(taint):
        return taint
    kept: set[Mark] = set()
    for marks in groups.values():
        sets: list[frozenset[CallRef]] = []
        for mark in sorted(marks, key=lambda mark: len(mark.calls)):
            calls = frozenset(mark.calls)
            if not any(one <= calls for one in sets):
                sets.append(calls)
                kept.add(mark)
    return {mark: trace for mark, trace in taint.items() if mark in kept}


def through(taint: Taint, target: str, argument: int | None, node: Node) -> Taint:
    """Return the taint that comes out of a call in another file, when that call passes it on."""
    out: dict[Mark, Trace] = {}
    for mark, trace in taint.items():
        more = len(mark.calls) < MOST_CALLS
        out[mark._replace(calls=(*mark.calls, CallRef(target, argument))) if more else mark] = Trace(node, trace)
    return out


def join(one: Value, other: Value) -> Value:
    """Return what holds whichever of the two it is."""
    if one is other:
        return one
    const = (
        one.const
        if one.known and other.known and one.const == other.const and type(one.const) is type(other.const)
        else UNKNOWN
    )
    items, rest, ordered = _joined_items(one, other)
    return Value(const, union(one.taint, other.taint), items, rest, ordered, one.type if one.type == other.type else "")


def _joined_items(one: Value, other: Value) -> tuple[Mapping[Key, Value] | None, Value | None, bool]:
    if one.items is None or other.items is None:
        taint = union(one.all_taint(), other.all_taint()) if one.items is not None or other.items is not None else CLEAN
        return None, plain(taint) if taint else None, False
    same = one.items.keys() == other.items.keys()
    items: dict[Key, Value] = {}
    for key in (*one.items, *(key for key in other.items if key not in one.items)):
        left, right = one.items.get(key), other.items.get(key)
        items[key] = join(left, right) if left is not None and right is not None else left or right or NOTHING
    rest = join(one.rest, other.rest) if one.rest is not None and other.rest is not None else one.rest or other.rest
    return items, rest, one.ordered and other.ordered and same


Env = dict[str, Value]


def join_envs(envs: list[Env]) -> Env:
    """Return what holds whichever way was taken."""
    out = dict(envs[0])
    for env in envs[1:]:
        for name, value in env.items():
            before = out.get(name)
            out[name] = value if before is None else join(before, value)
        for name in out.keys() - env.keys():
            if out[name].known:
                out[name] = replace(out[name], const=UNKNOWN)
    return out
