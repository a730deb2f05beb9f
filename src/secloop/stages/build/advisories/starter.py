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
    starter = _read()
    packages = {(advisory.ecosystem, advisory.package) for advisory in starter.advisories}
    note = f"starter set: {len(starter.advisories)} advisories of {len(packages)} packages; not a full feed, see docs"
    facts = {cve: Exploitation(kev=day) for cve, day in starter.kev.items()}
    return MemoryIndex(starter.advisories, facts, (Feed(name=NAME, date=starter.date, note=note),))


def completed(advisory: Advisory) -> Advisory:
    """Return a source's advisory with severity, title and weakness of the starter set where it has none itself.

    Many databases rate nothing; what it affects stays the source's word alone.
    """
    if advisory.vectors or advisory.severity:
        return advisory
    known = _details()
    for name in (advisory.id, *advisory.aliases):
        if own := known.get((advisory.ecosystem, advisory.package, name)):
            return msgspec.structs.replace(
                advisory,
                vectors=own.vectors,
                severity=own.severity,
                title=advisory.title or own.title,
                cwe=advisory.cwe or own.cwe,
            )
    return advisory


@cache
def _details() -> dict[tuple[str, str, str], Advisory]:
    return {(a.ecosystem, a.package, name): a for a in _read().advisories for name in (a.id, *a.aliases)}


@cache
def _read() -> _Starter:
    data = files("secloop.stages.build.advisories").joinpath("starter.json").read_bytes()
    return msgspec.json.decode(data, type=_Starter)
