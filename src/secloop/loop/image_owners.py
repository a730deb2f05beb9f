"""Libraries that belong to a package of the operating system, of which its distribution says what is repaired.

Debian's `python3-urllib3` keeps upstream's version when it is repaired, so an advisory of PyPI that counts versions is
wrong about it as often as it is right. Such a finding names the package, and is no more than likely.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from secloop.model.enums import Confidence, Kind
from secloop.model.errors import UnreadableError
from secloop.model.places import PackagePin
from secloop.stages.build.advisories.releases import is_system
from secloop.stages.build.packages.os.owners import owned, place
from secloop.stages.build.purl import ecosystem_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from secloop.model.finding import Finding
    from secloop.scan.collect import ScanResult
    from secloop.scan.sources import Entry

MAX_BYTES = 256 << 20
"""Bytes of one list that is read."""

_INSIDE = "!/"


def with_owners(result: ScanResult, lists: Callable[[], Iterable[Entry]]) -> ScanResult:
    """Return `result` with the owner in the `evidence` of findings about libraries that a system's package brought.

    `lists` gives the files that list what packages own; it is asked only where there are such findings.
    """
    places = {_place(one) for one in result.findings if _is_library(one)}
    if not places:
        return result
    owners: dict[str, str] = {}
    for entry in lists():
        try:
            data = entry.read(MAX_BYTES)
            owners.update((path, package) for path, package in owned(entry.path, data) if path in places)
        except (OSError, UnreadableError):
            continue  # a gap of its own, where it is read for itself
        finally:
            entry.close()
    return msgspec.structs.replace(result, findings=tuple(_told(one, owners) for one in result.findings))


def _is_library(finding: Finding) -> bool:
    if finding.kind is not Kind.VULNERABILITY or not isinstance(finding.place, PackagePin):
        return False
    ecosystem = ecosystem_of(finding.place.purl)
    return ecosystem not in {"", "generic"} and not is_system(ecosystem)


def _place(finding: Finding) -> str:
    return place(getattr(finding.place, "file", "").partition(_INSIDE)[0])


def _told(finding: Finding, owners: dict[str, str]) -> Finding:
    owner = owners.get(_place(finding), "") if _is_library(finding) else ""
    if not owner:
        return finding
    why = f"It is part of the system's package {owner}, which may be repaired under the same version."
    return msgspec.structs.replace(
        finding,
        confidence=Confidence.LOW,
        message=f"{finding.message} {why}",
        evidence=finding.evidence | {"owner": owner},
    )
