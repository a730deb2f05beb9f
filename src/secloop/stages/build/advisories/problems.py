"""Which problems an OSV record speaks of: its aliases, and what it takes from upstream.

Records of operating systems name the CVEs that they fix under `upstream` (schema 1.7), older ones under `related`. One
with a single CVE is that problem under another name. A notice over several is split, so that each problem is found
once whoever tells it; the notice stays in `notice`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from secloop.model.shapes import strings
from secloop.stages.build.advisories.releases import is_system

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.stages.build.advisories.base import Advisory

_OWN = "UBUNTU-CVE-"
_MAX_PROBLEMS = 500


def aliases(record: dict[str, Any]) -> tuple[str, ...]:
    """Return the other names of a record: its aliases, and its upstream where that is a single CVE."""
    named = tuple(strings(record.get("aliases")))
    upstream = tuple(strings(record.get("upstream")))
    return tuple(dict.fromkeys(named + upstream)) if len(_cves(upstream)) == 1 else named


def split(advisory: Advisory, record: dict[str, Any]) -> Iterator[Advisory]:
    """Yield an advisory of a record as the problems that it speaks of.

    Canonical's notices over problems that have a record of their own (`UBUNTU-CVE-`) say nothing more and give none.
    """
    if not is_system(advisory.ecosystem):
        yield advisory
        return
    upstream = (*strings(record.get("upstream")), *advisory.aliases)
    cves = _cves(upstream) or _cves(tuple(strings(record.get("related"))))
    if len(cves) > 1 and any(name.startswith(_OWN) for name in upstream):
        return
    if len(cves) == 1:
        yield msgspec.structs.replace(advisory, aliases=tuple(dict.fromkeys((*advisory.aliases, *cves))))
    elif cves:
        for cve in cves[:_MAX_PROBLEMS]:
            yield msgspec.structs.replace(advisory, id=cve, aliases=(), notice=advisory.id)
    else:
        yield advisory


def _cves(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name.startswith("CVE-")))
