"""Quality of the sources: measured for `secloop test quality`, and for a gate whose policies ask for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from secloop.interop.text import visible
from secloop.loop import facts_scan, inputs, log, output
from secloop.loop.fix_apply import read_inside
from secloop.loop.project import open_project
from secloop.model.errors import UnreadableError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from secloop.loop.pipeline import Options
    from secloop.loop.project import Project
    from secloop.model.policy import GateRule
    from secloop.model.quality import FileSummary, Quality
    from secloop.scan.collect import ScanResult
    from secloop.stages.test.quality.coverage import Lines

SCHEMA = "secloop.quality/1"
VARIABLES = "run.quality."
"""How the variables of gate policies start that make a scan measure quality."""
_SHOWN = 15


class Measured(NamedTuple):
    """A tree in numbers, its files, and how the measuring went."""

    quality: Quality
    files: tuple[FileSummary, ...]
    result: ScanResult
    notes: tuple[str, ...] = ()


def for_policies(project: Project, options: Options, rules: Sequence[GateRule], notes: list[str]) -> Quality | None:
    """Measure the project where a rule of the gate asks for it. Raises: UsageError."""
    from secloop.policy import gates

    if not gates.reads(rules, VARIABLES):
        return None
    measured = measure(project, options)
    notes.extend(measured.notes)
    return measured.quality


def measure(project: Project, options: Options, reports: Sequence[str] = ()) -> Measured:
    """Measure the files that the options ask for, with the coverage reports given, else those that are found.

    Raises: UsageError for a report that is given and cannot be read.
    """
    from secloop.rules.base import RuleSet
    from secloop.scan.base import Settings
    from secloop.stages.test.quality.coverage import by_path
    from secloop.stages.test.quality.measure import quality, summaries
    from secloop.stages.test.quality.sensor import QualitySensor

    sensor = QualitySensor()
    settings = Settings(config=project.config, root=str(project.root))
    notes: list[str] = []
    used = inputs.Inputs(rules=RuleSet(()), sensors=(sensor,), settings=settings)
    result = inputs.scan_source(project, options, used, notes)
    lines: dict[str, Lines] = {}
    named: list[str] = []
    for name, found in _given(reports) if reports else _found(project, notes):
        named.append(name)
        for path, own in found.items():
            known = lines.setdefault(path, {})
            for line, ran in own.items():
                known[line] = known.get(line, False) or ran
    files = summaries(sensor.seen, by_path(lines, [one.file for one in sensor.seen]))
    return Measured(quality(sensor.seen, files, named), files, result, tuple(notes))


def _given(reports: Sequence[str]) -> Iterator[tuple[str, dict[str, Lines]]]:
    from secloop.stages.test.quality.coverage import LARGEST, read_report

    for name in reports:
        path = Path(name)
        try:
            if path.stat().st_size > LARGEST:
                raise UsageError(f"The coverage report {name} is larger than {LARGEST >> 20} MB", "Split it")
            yield name, read_report(path.read_bytes())
        except OSError as error:
            raise UsageError(f"Cannot read the coverage report {name}: {error.strerror}", "Check the path") from error
        except UnreadableError as error:
            raise UsageError(f"{name} is no coverage report that is read: {error.reason}", _FORMATS) from error


_FORMATS = "Give a report of Cobertura (XML), JaCoCo (XML) or lcov"


def _found(project: Project, notes: list[str]) -> Iterator[tuple[str, dict[str, Lines]]]:
    """Yield the reports that lie where tools write them, whether git ignores them or not."""
    from secloop.stages.test.quality.coverage import NAMES, PLACES, read_report

    for name in (place + name for place in PLACES for name in NAMES):
        data = read_inside(project.root, name) if (project.root / name).is_file() else None
        if data is None:
            continue
        try:
            yield name, read_report(data)
        except UnreadableError as error:
            notes.append(f"{name} is no coverage report that is read: {error.reason}")


def run(given: dict[str, Any]) -> int:
    """Print what the flags ask for; return the exit code: 0, or 3 for what was not looked at. Raises: UsageError."""
    from secloop.loop.pipeline import Options

    project = open_project(given["paths"], root=given["root"], ref=given["ref"])
    options = Options(no_ignore=given["no_ignore"], no_cache=given["no_cache"], jobs=given["jobs"], no_store=True)
    measured = measure(project, options, given["reports"])
    for note in measured.notes:
        log.line("note", note)
    text = _json(measured) if given["format_"] == "json" else _text(measured)
    output.give(text.encode("utf-8", "backslashreplace"), given["output"])
    return facts_scan.ended(measured.result)


def _json(measured: Measured) -> str:
    import json

    import msgspec

    document = {
        "schema": SCHEMA,
        "quality": {
            **msgspec.to_builtins(measured.quality),
            "duplication": round(measured.quality.duplication, 4),
            "coverage": round(measured.quality.coverage, 4),
        },
        "files": [
            {
                **msgspec.to_builtins(one),
                "worst": None if one.worst is None else {n: getattr(one.worst, n) for n in one.worst.__struct_fields__},
            }
            for one in measured.files
        ],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _text(measured: Measured) -> str:
    told = measured.quality
    worst = max(told.complexities, default=0)
    shown = f"{told.coverage:.1%} of {told.coverable:,} lines" if told.reports else "no report found"
    out = [
        f"lines of code  {told.lines:,} in {len(measured.files):,} files",
        f"complexity     {worst} in the worst of {told.functions:,} functions",
        f"duplication    {told.duplication:.1%} of lines",
        f"test coverage  {shown}" + (f" ({', '.join(told.reports)})" if told.reports else ""),
    ]
    ranked = sorted(measured.files, key=lambda one: (-(one.worst.complexity if one.worst else 0), one.file))
    rows = [
        (
            str(one.worst.complexity),
            f"{one.duplicated / one.lines:.0%}" if one.lines else "-",
            f"{one.covered / one.coverable:.0%}" if one.coverable else "-",
            f"{one.worst.name} {one.file}:{one.worst.line}",
        )
        for one in ranked[:_SHOWN]
        if one.worst is not None
    ]
    if rows:
        out += ["", "WORST  COPIED  COVERED  FUNCTION"]
        out += [f"{w:>5}  {c:>6}  {t:>7}  {visible(place)}" for w, c, t, place in rows]
    if len(measured.files) > _SHOWN:
        out.append(f"and {len(measured.files) - _SHOWN:,} more files: --format json has all")
    return "\n".join(out) + "\n"
