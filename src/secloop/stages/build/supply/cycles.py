"""Until when runtimes, systems and frameworks are maintained: the endoflife feed, else a small dated set of our own."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec

from secloop.model.regex import lazy
from secloop.stages.build.advisories.endoflife import Cycle

if TYPE_CHECKING:
    from secloop.stages.build.advisories.base import AdvisoryIndex

_NUMBERS = lazy(r"[^\d]{0,16}?(\d{1,5}(?:\.\d{1,5}){0,3})")


class _Starter(msgspec.Struct):
    """The data file: the day it was written, and the last day of each cycle by product."""

    date: str
    ends: dict[str, dict[str, str]]


def cycle_of(index: AdvisoryIndex, product: str, version: str) -> Cycle | None:
    """Return the line of releases that a version belongs to, the most exact first; None where none is known."""
    found = _NUMBERS.match(version)
    if not product or not found:
        return None
    known = {cycle.name: cycle for cycle in index.cycles(product) or _starter_cycles(product)}
    parts = found[1].split(".")
    names = (".".join(parts[:n]) for n in range(len(parts), 0, -1))
    return next((known[name] for name in names if name in known), None)


def has_ended(cycle: Cycle, today: str) -> bool:
    """Return whether maintenance has ended by `today`; what had when the set was written has, whatever a clock says."""
    return cycle.ended(max(today, _starter().date))


def _starter_cycles(product: str) -> tuple[Cycle, ...]:
    ends = _starter().ends.get(product, {})
    return tuple(Cycle(product=product, name=name, end=end) for name, end in ends.items())


@cache
def _starter() -> _Starter:
    data = files("secloop.stages.build.supply").joinpath("cycles.json").read_bytes()
    return msgspec.json.decode(data, type=_Starter)
