"""Reports of malicious packages among advisories: OSV's `MAL-` records and CWE-506, embedded malicious code."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from secloop.stages.build.advisories.base import Group

_CWE = 506


def is_malicious(group: Group) -> bool:
    """Return whether a group reports a package as malicious rather than as vulnerable."""
    return any(name.startswith("MAL-") for name in group.ids) or any(_CWE in a.cwe for a in group.advisories)
