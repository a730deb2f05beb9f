"""What was looked at and what was not. Not checked is not passed."""

from __future__ import annotations

from msgspec import field

from secloop.model.base import Value
from secloop.model.enums import FileClass, Stage, StageCoverage

PARTIAL_FLOOR = 0.9
"""A partial file whose analysed share is below this makes the run incomplete (contracts.md)."""


class Skipped(Value, tag="skipped", tag_field="observation"):
    """A sensor did not analyse a wanted file: `outcome` is excluded, limited or failed."""

    outcome: FileClass
    reason: str
    file: str = ""
    sensor: str = ""


class Partial(Value, tag="partial", tag_field="observation"):
    """A sensor analysed `share` (0..1) of a file."""

    reason: str
    share: float
    file: str = ""
    sensor: str = ""


class Gap(Value, rename={"outcome": "class"}):
    """One (file, sensor) that did not end as scanned. `accepted` holds the reason of `[scan] accept_incomplete`."""

    file: str
    sensor: str
    outcome: FileClass
    reason: str
    share: float | None = None
    accepted: str | None = None

    @property
    def incomplete(self) -> bool:
        """Whether this gap alone makes a run incomplete."""
        if self.accepted is not None:
            return False
        if self.outcome is FileClass.PARTIAL:
            return self.share is None or self.share < PARTIAL_FLOOR
        return self.outcome in {FileClass.LIMITED, FileClass.FAILED}


class FileCounts(Value):
    """How the files of a run ended; a file counts once, by its worst sensor."""

    seen: int = 0
    scanned: int = 0
    excluded: int = 0
    partial: int = 0
    limited: int = 0
    failed: int = 0


class Coverage(Value):
    """The coverage of a run. `missing` lists required sensors that did not run and feeds over their age.

    `excluded` counts excluded files by reason (ignored, binary, vendored, generated, configuration);
    `gaps` holds what was partial, limited or failed, sorted by (file, sensor).
    """

    stages: dict[Stage, StageCoverage] = field(default_factory=dict)
    files: FileCounts = FileCounts()
    excluded: dict[str, int] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether nothing that was wanted is failed, limited, too partial or missing."""
        return not self.missing and not any(gap.incomplete for gap in self.gaps)
