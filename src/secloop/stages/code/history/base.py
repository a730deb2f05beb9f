"""What a scan of history gives: sightings of findings, each with the commit that brought it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from secloop.model.coverage import Skipped
from secloop.model.enums import FileClass

if TYPE_CHECKING:
    from secloop.model.coverage import Gap
    from secloop.model.finding import Finding, Suppression
    from secloop.stages.code.history.log import Commit

NAME = "history"
"""What coverage and runs call this; the sensor's own name says that files as they are were looked at."""

MISSING = Skipped(outcome=FileClass.FAILED, reason="object missing")
BROKEN = Skipped(outcome=FileClass.FAILED, reason="object broken")
"""What is seen of a version whose content is not here, or cannot be read."""

CARRIED = "carried"
"""In the evidence of a finding that the version before has too: no sighting, but its ignore comments count."""


@dataclass(slots=True)
class Sighting:
    """A finding at a path, as the first commit that holds it there shows it.

    `comments` are the ignore comments on its lines in the newest version that was looked at, moved to the lines of
    `finding`: an ignore that was added later counts, and one that was removed does not. `in_head` is whether the file
    at that path in HEAD still holds it, None where that file cannot be read.
    """

    finding: Finding
    commit: Commit
    comments: tuple[Suppression, ...] = ()
    in_head: bool | None = False


@dataclass(slots=True)
class Looked:
    """What was looked at, in versions of files.

    A version counts once as scanned, excluded (by reason), limited or failed. `cached` are those of `scanned` that an
    earlier run had looked at.
    """

    commits: int = 0
    scanned: int = 0
    cached: int = 0
    limited: int = 0
    failed: int = 0
    excluded: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class HistoryResult:
    """The sightings in order of path and line, what was looked at, and what could not be."""

    sightings: list[Sighting]
    looked: Looked
    gaps: list[Gap]
