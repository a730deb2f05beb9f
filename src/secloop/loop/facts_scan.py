"""The flow of commands that print facts: one sensor that finds nothing looks at files, and nothing is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secloop.loop import inputs, log
from secloop.loop.clock import today
from secloop.loop.pipeline import Options
from secloop.loop.project import open_project
from secloop.model.errors import Exit

if TYPE_CHECKING:
    from secloop.loop.project import Project
    from secloop.scan.base import Sensor
    from secloop.scan.collect import ScanResult

_MOST_GAPS = 5


def look(given: dict[str, Any], sensor: Sensor) -> tuple[Project, ScanResult]:
    """Let a sensor look at the files that the flags ask for; it keeps what it sees. Raises: UsageError."""
    from secloop.rules.base import RuleSet
    from secloop.scan.base import Settings

    project = open_project(given["paths"], root=given["root"], ref=given["ref"])
    options = Options(no_ignore=given["no_ignore"], no_cache=given["no_cache"], jobs=given["jobs"], no_store=True)
    settings = Settings(config=project.config, root=str(project.root), today=today())
    used = inputs.Inputs(rules=RuleSet(()), sensors=(sensor,), settings=settings)
    notes: list[str] = []
    result = inputs.scan_source(project, options, used, notes)
    for note in notes:
        log.line("note", note)
    return project, result


def ended(result: ScanResult) -> int:
    """Name what was not looked at; return the exit code: 0, or 3 where something was not."""
    gaps = [f"{gap.file}: {gap.reason}" for gap in result.gaps if gap.incomplete]
    gaps = [*result.missing, *result.skipped_sensors, *gaps]
    for gap in gaps[:_MOST_GAPS]:
        log.line("note", f"incomplete: {gap}")
    if len(gaps) > _MOST_GAPS:
        log.line("note", f"incomplete: and {len(gaps) - _MOST_GAPS} more")
    return int(Exit.INCOMPLETE if gaps else Exit.OK)
