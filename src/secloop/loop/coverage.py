"""From what a scan did to what a run covers, stage by stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.model.coverage import Coverage
from secloop.model.enums import Stage, StageCoverage

if TYPE_CHECKING:
    from secloop.scan.collect import ScanResult


def coverage_of(result: ScanResult, old_feeds: tuple[str, ...]) -> Coverage:
    """Return the coverage of a scan: a stage without a sensor that ran is not covered, never passed."""
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
        missing=(*result.missing, *old_feeds),
    )
