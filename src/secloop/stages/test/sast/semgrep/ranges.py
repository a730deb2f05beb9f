"""Ranges of a file with bindings, and how a formula's parts combine them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from secloop.stages.test.sast.pattern.env import same

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from secloop.stages.test.sast.pattern.env import Env


@dataclass(frozen=True, slots=True)
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


def both(xs: Sequence[Range], ys: Sequence[Range]) -> list[Range]:
    """Return the ranges of one side that lie in one of the other, with the bindings of both."""
    out: list[Range] = []
    for x in xs:
        for y in ys:
            if x.within(y) and (not x.inside or y.inside):
                inner = x
            elif y.within(x) and (not y.inside or x.inside):
                inner = y
            else:
                continue
            env = merged(x.env, y.env)
            if env is not None:
                out.append(Range(inner.start, inner.end, env, inner.inside))
    return unique(out)


def without(xs: Iterable[Range], ys: Sequence[Range]) -> list[Range]:
    """Return the ranges that lie in none of the others with bindings that agree."""
    return [x for x in xs if not any(x.within(y) and merged(x.env, y.env) is not None for y in ys)]


def unique(xs: Iterable[Range]) -> list[Range]:
    """Return ranges without doubles, in their order."""
    seen: dict[tuple[object, ...], Range] = {}
    for x in xs:
        seen.setdefault(x.key, x)
    return list(seen.values())
