"""Ranges of a file with bindings, and how a formula's parts combine them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from secloop.stages.test.sast.pattern.env import same

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from secloop.stages.test.sast.pattern.env import Env


@dataclass(slots=True, eq=False)
class Range:
    """Bytes start..end of a file, with bindings of metavariables; `inside` ones only say where others may be."""

    start: int
    end: int
    env: Env
    inside: bool = False

    def within(self, other: Range) -> bool:
        """Say whether the other range holds this one."""
        return other.start <= self.start and self.end <= other.end

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two ranges the same."""
        return (
            self.start,
            self.end,
            self.inside,
            tuple((name, node.start, node.end, node.value) for name, node in sorted(self.env.items())),
        )


def merged(one: Env, other: Env) -> Env | None:
    """Return both environments as one; None when they disagree."""
    if not other or one is other:
        return one
    if not one:
        return other
    for name, node in other.items():
        before = one.get(name)
        if before is not None and not same(before, node):
            return None
    return {**one, **other}


def nested(inner: Sequence[Range], outer: Sequence[Range]) -> Iterator[tuple[Range, Range]]:
    """Yield the pairs of a range and one of the others that holds it, in one sweep over the text."""
    events = sorted(
        [
            *((r.start, -r.end, 0, i) for i, r in enumerate(outer)),
            *((r.start, -r.end, 1, i) for i, r in enumerate(inner)),
        ]
    )
    open_: list[Range] = []
    for start, _, side, number in events:
        if open_ and open_[-1].end < start:
            open_ = [r for r in open_ if r.end >= start]
        if side == 0:
            open_.append(outer[number])
            continue
        x = inner[number]
        for y in open_:
            if y.end >= x.end:
                yield x, y


def both(xs: Sequence[Range], ys: Sequence[Range]) -> list[Range]:
    """Return the ranges of one side that lie in one of the other, with the bindings of both."""
    out: list[Range] = []
    for x, y in nested(xs, ys):
        if (not x.inside or y.inside) and (env := merged(x.env, y.env)) is not None:
            out.append(Range(x.start, x.end, env, x.inside))
    for y, x in nested(ys, xs):
        strictly = (x.start, x.end) != (y.start, y.end) or (x.inside and not y.inside)
        if strictly and (not y.inside or x.inside) and (env := merged(x.env, y.env)) is not None:
            out.append(Range(y.start, y.end, env, y.inside))
    return unique(out)


def without(xs: Sequence[Range], ys: Sequence[Range]) -> list[Range]:
    """Return the ranges that lie in none of the others with bindings that agree."""
    gone = {id(x) for x, y in nested(xs, ys) if merged(x.env, y.env) is not None}
    return [x for x in xs if id(x) not in gone]


def unique(xs: Iterable[Range]) -> list[Range]:
    """Return ranges without doubles, in their order."""
    seen: dict[tuple[object, ...], Range] = {}
    for x in xs:
        seen.setdefault(x.key, x)
    return list(seen.values())
