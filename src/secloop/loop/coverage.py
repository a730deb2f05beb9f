"""From what a scan did to what a run covers, stage by stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.model.coverage import Coverage
from secloop.model.enums import Stage, StageCoverage

if TYPE_CHECKING:
    from secloop.scan.collect import ScanResult


NOTHING = "nothing to look at: no file was scanned"
"""What is missing from a scan of a whole tree that holds no file any sensor wants: it must not pass."""


def coverage_of(result: ScanResult, old_feeds: tuple[str, ...], *, narrowed: bool) -> Coverage:
    """Return the coverage of a scan: a stage without a sensor that ran is not covered, never passed.

    `narrowed` says that the scan was asked for what changed, which may well be nothing.
    """
    empty = () if narrowed or result.files.scanned or result.files.partial or result.gaps else (NOTHING,)
    ran = {sensor.name: sensor.stage for sensor in result.sensors}
    broken = {ran[gap.sensor] for gap in result.gaps if gap.incomplete and gap.sensor in ran}
    everywhere = any(gap.incomplete and gap.sensor not in ran for gap in result.gaps)
    stages = {}
    for stage in Stage:
        if stage not in ran.values():
            stages[stage] = StageCoverage.NOT_COVERED
        elif stage in broken or everywhere:
            stages[stage] = StageCoverage.INCOMPLETE
        else:
            stages[stage] = StageCoverage.COMPLETE
    return Coverage(
        stages=stages,
        files=result.files,
        excluded=dict(sorted(result.excluded.items())),
        gaps=result.gaps,
        missing=(*result.missing, *old_feeds, *empty),
    )
