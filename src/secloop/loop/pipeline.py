"""The main flow of a scan, in the order a reader expects.

1. open the project, the rules and the sensors      2. scan the source once
3. identify the findings                            4. compare with what is known
5. admit (ignores, exceptions, baseline)            6. decide by policy
7. remember the run                                 8. return the report
"""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import msgspec

from secloop.loop import comparison, coverage, gate, inputs, memory, naming, ownership, same_place, verifying
from secloop.loop.clock import now
from secloop.model import ids
from secloop.model.errors import Exit, StateError
from secloop.model.report import Report, Tool, component_row
from secloop.model.run import Run, Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from secloop.loop.project import Project
    from secloop.model.coverage import Coverage
    from secloop.model.finding import Finding
    from secloop.model.pairing import Paired
    from secloop.model.policy import GateRule, Verdict
    from secloop.model.quality import Quality
    from secloop.model.run import Feed
    from secloop.policy.admit import Admitted
    from secloop.policy.baseline import Baseline
    from secloop.rules.base import RuleSet
    from secloop.scan.collect import ScanResult
    from secloop.scan.sources import Source

_MEASURING = frozenset({"scan", "run", "test sast"})
"""Commands that look at sources, so that their gate may ask for quality."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a scan was asked for; the names are the flags'."""

    command: str = "scan"
    staged: bool = False
    since: str = ""
    baseline_ref: str = ""
    baseline: str = ""
    new: bool = False
    no_ignore: bool = False
    no_store: bool = False
    no_cache: bool = False
    state: str = ""
    advisories: tuple[str, ...] = ()
    vex: tuple[str, ...] = ()
    jobs: int | None = None
    profile: str = ""
    ignore_suppressions: bool = False
    exit_code: int = 1
    soft_fail: bool = False
    allow_incomplete: bool = False
    verify: bool = False
    progress: Callable[[int, int], None] | None = None


@dataclass(kw_only=True)
class Outcome:
    """A finished run: its report, the rules it used, and what could not be done beside it (one line each)."""

    report: Report
    rules: RuleSet
    notes: list[str] = field(default_factory=list)


class Flow(Protocol):
    """What differs between scans of files and of history; `FileFlow` is the former."""

    def gather(self) -> inputs.Inputs:
        """Return rules, sensors and settings. Raises: UsageError."""
        ...

    def look(self, used: inputs.Inputs, notes: list[str]) -> ScanResult:
        """Return what the sensors saw. Raises: SecloopError."""
        ...

    def known(self, used: inputs.Inputs, store: memory.Memory, notes: list[str]) -> Baseline:
        """Return what is not new. Raises: UsageError."""
        ...

    def admit(self, findings: tuple[Finding, ...], result: ScanResult, known: Baseline, rules: RuleSet) -> Admitted:
        """Return the rows of identified findings."""
        ...


@dataclass(frozen=True)
class FileFlow:
    """Files as they are, by every sensor."""

    project: Project
    options: Options

    def gather(self) -> inputs.Inputs:
        """Return rules, sensors and settings. Raises: UsageError."""
        return inputs.gather(self.project, self.options)

    def look(self, used: inputs.Inputs, notes: list[str]) -> ScanResult:
        """Scan the source that the options ask for, and verify. Raises: UsageError, e.g. for an unknown ref."""
        verify = verifying.ready() if self.options.verify else None
        result = self.told_once(self.scan(used, notes))
        return verify(result, self.source(), notes) if verify else result

    def told_once(self, result: ScanResult) -> ScanResult:
        """Return what the sensors saw, each weakness once whichever of our rules tell it."""
        return msgspec.structs.replace(result, findings=same_place.merged(result.findings))

    def scan(self, used: inputs.Inputs, notes: list[str]) -> ScanResult:
        """Return what the sensors see in the source. Raises: UsageError."""
        return inputs.scan_source(self.project, self.options, used, notes)

    def source(self) -> Source:
        """Return the source that is scanned, to be read again."""
        return inputs.source_of(self.project, self.options)

    def known(self, used: inputs.Inputs, store: memory.Memory, notes: list[str]) -> Baseline:
        """Return what the options or the default ref say is known. Raises: UsageError."""
        return comparison.known(self.project, self.options, used, store, notes)

    def admit(self, findings: tuple[Finding, ...], result: ScanResult, known: Baseline, rules: RuleSet) -> Admitted:
        """Return the rows under ignore comments, exceptions and baseline."""
        return _admit(self.project, self.options, findings, result, known, rules)


def run_scan(project: Project, options: Options) -> Outcome:
    """Scan the project's source with every static sensor, decide, remember, and return the outcome.

    Raises: SecloopError where the input is wrong; sensors' failures are coverage, not errors.
    """
    return run_flow(project, options, FileFlow(project, options))


def run_flow(project: Project, options: Options, flow: Flow) -> Outcome:
    """Run a flow through the steps above. Raises: SecloopError where the input is wrong."""
    notes: list[str] = []
    started = now()
    used = flow.gather()
    profile = options.profile or project.config.gate.profile
    policies = gate.rules_of(project, profile, used.rules)
    result = flow.look(used, notes)
    quality = _measured(project, options, policies, notes)
    feeds = inputs.feeds_of(used)
    old = inputs.old_feeds(feeds, project, used.settings.today)
    narrowed = bool(options.staged or options.since) or options.command not in {"scan", "run"}
    covered = coverage.coverage_of(result, old, narrowed=narrowed)
    run = _run(project, options, result, covered, started, feeds)
    run = msgspec.structs.replace(run, quality=quality)
    store = memory.open_memory(project, options, notes)
    with store:
        known = flow.known(used, store, notes)
        paired = store.identify(result.findings, run.scope.closes)
        admitted = flow.admit(paired.findings, result, known, used.rules)
        verdict = _decide(policies, _choices(project, options, profile, admitted), admitted, run, covered)
        notes.extend(f"Exception {e.id} expired on {e.expires} and no longer holds" for e in admitted.expired)
        report = Report(
            tool=Tool(name="secloop", version=inputs.version(), rules=used.rules.digest, feeds=run.feeds),
            run=msgspec.structs.replace(run, finished=now()),
            verdict=verdict,
            coverage=covered,
            findings=ownership.with_owners(project, admitted.rows),
            components=tuple(component_row(c) for c in result.components),
            unused_ignores=admitted.unused,
            notes=tuple(notes),
        )
        report = naming.mask_report(report, used.settings, used.rules)
        if not options.ignore_suppressions:  # what a look behind them sees is no event: nothing has expired
            report = _remember(store, report, paired, used, notes)
    return Outcome(report=report, rules=used.rules, notes=notes)


def _remember(
    store: memory.Memory,
    report: Report,
    paired: Paired,
    used: inputs.Inputs,
    notes: list[str],
) -> Report:
    """Store the run. Where that fails the report is still given, and a run that would end 0 ends as incomplete."""
    try:
        return store.remember(report, paired, used)
    except StateError as error:
        notes.append(str(error))
        verdict = report.verdict
        verdict = msgspec.structs.replace(
            verdict,
            exit=verdict.exit or int(Exit.INCOMPLETE),
            exits=(*verdict.exits, "not-stored"),
        )
        return msgspec.structs.replace(report, verdict=verdict, notes=tuple(notes))


def _measured(project: Project, options: Options, policies: Sequence[GateRule], notes: list[str]) -> Quality | None:
    """Return the quality of the sources where a policy asks for it and the command looks at them."""
    if options.command not in _MEASURING:
        return None
    from secloop.loop import quality_scan

    return quality_scan.for_policies(project, options, policies, notes)


def _run_id(project: Project, options: Options, started: str) -> str:
    """Return a new id; with SOURCE_DATE_EPOCH one that equal input gives again."""
    if "SOURCE_DATE_EPOCH" not in os.environ:
        return uuid.uuid4().hex
    return ids.digest((project.id, project.ref, project.commit, options.command, started))


def _run(
    project: Project,
    options: Options,
    result: ScanResult,
    covered: Coverage,
    started: str,
    feeds: tuple[Feed, ...],
) -> Run:
    whole = not (options.staged or options.since or project.paths or options.no_ignore)
    return Run(
        id=_run_id(project, options, started),
        command=options.command,
        project=project.id,
        ref=project.ref,
        commit=project.commit,
        dirty=project.dirty,
        started=started,
        scope=Scope(
            sensors=tuple(s.name for s in result.sensors),
            paths=project.paths,
            since=options.since or None,
            closes=whole and covered.complete and not inputs.is_worktree(project),
        ),
        sensors=result.sensors,
        feeds=feeds,
    )


def _admit(
    project: Project,
    options: Options,
    findings: tuple[Finding, ...],
    result: ScanResult,
    baseline: Baseline,
    rules: RuleSet,
) -> Admitted:
    from secloop.loop import vex
    from secloop.loop.clock import today
    from secloop.policy import exceptions
    from secloop.policy.admit import admit

    return admit(
        findings,
        suppressions=result.suppressions,
        exceptions=exceptions.load(project.folder / "exceptions.yaml"),
        baseline=baseline,
        today=today(),
        honour=not options.ignore_suppressions,
        rules=rules,
        whole=not (options.staged or options.since or project.paths),
        kinds={kind for sensor in result.sensors for kind in sensor.kinds},
        statements=vex.statements(project, options.vex),
    )


def _choices(project: Project, options: Options, profile: str, admitted: Admitted) -> gate.Choices:
    return gate.Choices(
        profile=profile,
        new_only=options.new or project.config.gate.new_only,
        exit_code=options.exit_code,
        soft_fail=options.soft_fail,
        allow_incomplete=options.allow_incomplete,
        expired=tuple(e.id for e in admitted.expired),
    )


def _decide(
    policies: tuple[GateRule, ...],
    choices: gate.Choices,
    admitted: Admitted,
    run: Run,
    covered: Coverage,
) -> Verdict:
    return gate.judge(
        policies, rows=admitted.rows, covered=covered, feeds=run.feeds, choices=choices, quality=run.quality
    )
