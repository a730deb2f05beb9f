"""`secloop fix`: what can be done about the findings of a fresh scan, shown or written.

1. scan with the sensors that know fixes, and those whose findings they want      2. take the findings asked for
3. let every fixer propose                                                        4. show the plan, or apply its edits
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from secloop.loop import fix_apply, fix_text, inputs, log, output
from secloop.loop.pipeline import FileFlow, Options, Outcome, run_flow
from secloop.loop.project import open_project
from secloop.model.enums import Status
from secloop.model.errors import Exit, UsageError
from secloop.model.fix import FixRequest
from secloop.model.places import CodeSpan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from secloop.loop import memory
    from secloop.loop.project import Project
    from secloop.model.finding import Finding
    from secloop.model.fix import Fixer, Proposal
    from secloop.model.report import FindingRow
    from secloop.policy.admit import Admitted
    from secloop.policy.baseline import Baseline
    from secloop.rules.base import RuleSet
    from secloop.scan.collect import ScanResult

_COMMAND = "fix"
_CLOSE_NAMES = 3


class FixFlow:
    """A scan of files by the sensors whose findings fixes are known for; keeps what they saw."""

    def __init__(self, project: Project, options: Options) -> None:
        """Scan the files of `project` that `options` ask for."""
        self._files = FileFlow(project, options)
        self.fixers: list[Fixer] = []
        self.used: inputs.Inputs | None = None
        self.seen: ScanResult | None = None

    def gather(self) -> inputs.Inputs:
        """Return rules, sensors and settings. Raises: UsageError."""
        used = self._files.gather()
        self.fixers = [sensor.fixer() for sensor in used.sensors if hasattr(sensor, "fixer")]
        wanted = {name for fixer in self.fixers for name in fixer.sensors}
        sensors = tuple(sensor for sensor in used.sensors if sensor.info.name in wanted)
        self.used = inputs.Inputs(rules=used.rules, sensors=sensors, settings=used.settings)
        return self.used

    def look(self, used: inputs.Inputs, notes: list[str]) -> ScanResult:
        """Scan, and keep what was seen. Raises: UsageError."""
        self.seen = self._files.look(used, notes)
        return self.seen

    def known(self, used: inputs.Inputs, store: memory.Memory, notes: list[str]) -> Baseline:
        """Return what is not new. Raises: UsageError."""
        return self._files.known(used, store, notes)

    def admit(self, findings: tuple[Finding, ...], result: ScanResult, known: Baseline, rules: RuleSet) -> Admitted:
        """Return the rows under ignore comments, exceptions and baseline."""
        return self._files.admit(findings, result, known, rules)

    def paths(self) -> tuple[str, ...]:
        """Return the paths of the tree, sorted."""
        return tuple(sorted(entry.path for entry in self._files.source()))


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is proposed for which findings, and what the edits make of the files. `hidden` are lines with a secret."""

    project: Project
    outcome: Outcome
    findings: tuple[FindingRow, ...]
    proposals: tuple[Proposal, ...]
    changes: tuple[fix_apply.Change, ...]
    hidden: frozenset[str] = frozenset()

    @cached_property
    def places(self) -> dict[tuple[str, int], list[FindingRow]]:
        """The findings by file and line, the worst first."""
        out: dict[tuple[str, int], list[FindingRow]] = {}
        for row in sorted(self.findings, key=lambda row: (-row.severity.rank, row.ids or (row.rule,))):
            out.setdefault((row.file or "", row.line or 1), []).append(row)
        return out


def run(given: dict[str, Any]) -> int:
    """Show or apply the fixes that the flags ask for; return the exit code: 0, or 3 where the scan was incomplete.

    Raises: UsageError for a finding or package that is not there, or a file that cannot be changed.
    """
    project = open_project((given["path"],), root=given["root"], ref=given["ref"])
    plan = plan_for(project, _options(given), _Filter(given["findings"], given["packages"], given["severities"]))
    written = fix_apply.write(project.root, plan.changes) if given["apply"] else None
    text = fix_text.FORMATS[given["format_"]](plan, written)
    output.give(text.encode("utf-8", "backslashreplace"), given["output"])
    for note in plan.outcome.notes:
        log.line("note", note)
    covered = plan.outcome.report.coverage
    if covered.complete:
        return int(Exit.OK)
    for gap in fix_text.gaps(covered):
        log.line("note", gap)
    return int(Exit.INCOMPLETE)


def _options(given: dict[str, Any]) -> Options:
    return Options(
        command=_COMMAND,
        advisories=given["advisories"],
        no_ignore=given["no_ignore"],
        no_cache=given["no_cache"],
        no_store=True,
    )


@dataclass(frozen=True)
class _Filter:
    """Which findings are asked about: all conditions that are given must hold."""

    findings: Sequence[str] = ()
    packages: Sequence[str] = ()
    severities: Sequence[str] = ()

    def apply(self, rows: Sequence[FindingRow]) -> tuple[FindingRow, ...]:
        """Return the rows asked for. Raises: UsageError for a finding or package that none is about."""
        ids = {wanted: _matching(wanted, rows) for wanted in self.findings}
        names = {name.lower() for name in self.packages}
        self._check(rows, ids)
        wanted_ids = {found for some in ids.values() for found in some}
        return tuple(
            row
            for row in rows
            if (not ids or row.id in wanted_ids)
            and (not names or (row.component or "").lower() in names)
            and (not self.severities or row.severity.value in self.severities)
        )

    def _check(self, rows: Sequence[FindingRow], ids: dict[str, set[str]]) -> None:
        for wanted, found in ids.items():
            if not found:
                todo = "See secloop scan for the findings; those that are accepted or ignored are left out"
                raise UsageError(f"There is no finding {wanted} that a fix is known for", todo)
        known = sorted({row.component for row in rows if row.component})
        lower = {name.lower(): name for name in known}
        for name in self.packages:
            if name.lower() not in lower:
                from difflib import get_close_matches

                near = get_close_matches(name.lower(), lower, n=_CLOSE_NAMES)
                near = near or [one for one in sorted(lower) if name.lower() in one][:_CLOSE_NAMES]
                names = ", ".join(lower[one] for one in near or sorted(lower)[:_CLOSE_NAMES])
                todo = (
                    f"{'Did you mean' if near else 'Packages with findings are, for example,'} {names}" if names else ""
                )
                raise UsageError(f"No finding is about a package {name}", todo)


def _matching(wanted: str, rows: Iterable[FindingRow]) -> set[str]:
    """Return the ids a word names: an id, a unique start of one, or an identifier such as a CVE."""
    exact = {row.id for row in rows if row.id == wanted or wanted.upper() in {one.upper() for one in row.ids}}
    starts = {row.id for row in rows if row.id.startswith(wanted)}
    if not exact and len(starts) > 1:
        raise UsageError(f"{wanted} is the start of {len(starts)} findings", "Give more of the id")
    return exact or starts


def plan_for(project: Project, options: Options, asked: _Filter | None = None) -> Plan:
    """Scan, and return what can be done about the open findings asked for. Raises: UsageError."""
    flow = FixFlow(project, options)
    outcome = run_flow(project, options, flow)
    rows = tuple(
        row
        for row in outcome.report.findings
        if not row.suppressed and row.status is not Status.ACCEPTED and any(fixer.wants(row) for fixer in flow.fixers)
    )
    rows = asked.apply(rows) if asked else rows
    request = FixRequest(
        findings=rows,
        components=flow.seen.components if flow.seen else (),
        files=flow.paths(),
        read=_reader(project),
    )
    proposals = tuple(one for fixer in flow.fixers for one in fixer.proposals(request))
    changes = fix_apply.changes(project.root, [edit for one in proposals for edit in one.fix.edits])
    return Plan(
        project=project,
        outcome=outcome,
        findings=rows,
        proposals=proposals,
        changes=changes,
        hidden=_secret_lines(changes, flow.used) if changes and flow.used else frozenset(),
    )


def _secret_lines(changes: Sequence[fix_apply.Change], used: inputs.Inputs) -> frozenset[str]:
    """Return the lines of changed files in which the rules see a secret: a diff must not show them."""
    from secloop.scan.engine import scan
    from secloop.scan.sources import MemorySource
    from secloop.stages.code.secrets.sensor import SecretsSensor

    texts = {f"{side}/{one.file}": text for one in changes for side, text in (("a", one.before), ("b", one.after))}
    source = MemorySource({path: text.encode("utf-8", "replace") for path, text in texts.items()})
    out: set[str] = set()
    for finding in scan(source, [SecretsSensor()], used.settings, used.rules, jobs=1).findings:
        place = finding.place
        if isinstance(place, CodeSpan):
            out.update(texts[place.file].split("\n")[place.line - 1 : place.end_line])
    return frozenset(line.rstrip("\r") for line in out)


def _reader(project: Project) -> Callable[[str], bytes | None]:
    return lambda path: fix_apply.read_inside(project.root, path)
