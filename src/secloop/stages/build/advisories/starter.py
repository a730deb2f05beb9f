"""The starter set: a few well-known advisories that ship with the package, so that a first scan works offline.

It is no feed: its date and its size are in every report. `tools/starter_advisories.py` writes it.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import msgspec

from secloop.model.base import Value
from secloop.model.run import Feed
from secloop.stages.build.advisories.base import Advisory, Exploitation
from secloop.stages.build.advisories.memory import MemoryIndex

NAME = "osv-starter"
"""The name under which reports list the starter set as a feed."""


class _Starter(Value, frozen=True):
    """The data file: the day of its newest advisory, the advisories, and the day KEV listed a CVE."""

    date: str
    advisories: tuple[Advisory, ...]
    kev: dict[str, str]


@cache
def starter_index() -> MemoryIndex:
    """Return the index over the starter set."""
    data = files("secloop.stages.build.advisories").joinpath("starter.json").read_bytes()
    starter = msgspec.json.decode(data, type=_Starter)
    packages = {(advisory.ecosystem, advisory.package) for advisory in starter.advisories}
    note = f"starter set: {len(starter.advisories)} advisories of {len(packages)} packages; not a full feed, see docs"
    facts = {cve: Exploitation(kev=day) for cve, day in starter.kev.items()}
    return MemoryIndex(starter.advisories, facts, (Feed(name=NAME, date=starter.date, note=note),))
