"""Remembering runs. The paths that store nothing (hook, `--staged`, `--no-store`) never import the store."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

import msgspec

from secloop.model import ids
from secloop.model.base import to_json
from secloop.model.enums import Kind, Status
from secloop.model.errors import StateError
from secloop.model.pairing import Paired, identities

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from secloop.loop.inputs import Inputs
    from secloop.loop.pipeline import Options
    from secloop.loop.project import Project
    from secloop.model.finding import Finding
    from secloop.model.report import FindingRow, Report
    from secloop.model.run import SensorRun
    from secloop.rules.base import RuleSet
    from secloop.store import Recorded
    from secloop.store.store import Store


class Memory(Protocol):
    """What a scan needs of the past, and where it leaves its result."""

    def __enter__(self) -> Self:
        """Open."""
        ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        """Close."""
        ...

    def known(self, ref: str) -> list[FindingRow]:
        """Return the rows that are open on a ref."""
        ...

    def identify(self, findings: Sequence[Finding], complete: bool) -> Paired:
        """Return the findings with ids, those of known findings where it is the same problem."""
        ...

    def remember(self, report: Report, paired: Paired, used: Inputs) -> Report:
        """Store a run; return its report with what the store knows: reopened and closed findings."""
        ...


class Nothing:
    """A memory that knows nothing and keeps nothing."""

    def __enter__(self) -> Self:
        """Open nothing."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        """Close nothing."""

    def known(self, ref: str) -> list[FindingRow]:
        """Return no rows."""
        del ref
        return []

    def identify(self, findings: Sequence[Finding], complete: bool) -> Paired:
        """Return the findings with ids computed from their fields alone."""
        del complete
        return Paired(findings=tuple(ids.identify(findings)), aliases={})

    def remember(self, report: Report, paired: Paired, used: Inputs) -> Report:
        """Return the report as it is."""
        del paired, used
        return report


class StoreMemory(Nothing):
    """A memory in the store."""

    def __init__(self, store: Store, project: Project) -> None:
        """Use an open store for one project."""
        self._store = store
        self._project = project

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        """Close the store."""
        self._store.close()

    def known(self, ref: str) -> list[FindingRow]:
        """Return the rows that are open on a ref."""
        return self._store.known(ref)

    def identify(self, findings: Sequence[Finding], complete: bool) -> Paired:
        """Return the findings with ids, those of known findings where it is the same problem."""
        project = self._project
        return self._store.identify(
            project.id,
            project.ref,
            findings,
            renames=self._renames(findings),
            base_ref=project.default_ref,
            complete=complete,
        )

    def _renames(self, findings: Sequence[Finding]) -> dict[str, str]:
        """Return git's renames since the last run of this ref; only weaknesses are paired by their path."""
        git = self._project.git
        if git is None or not any(finding.kind is Kind.WEAKNESS for finding in findings):
            return {}
        last = next((row.commit for row in self._store.runs(100) if row.ref == self._project.ref and row.commit), "")
        return git.renames(last) if last and git.has(last) else {}

    def remember(self, report: Report, paired: Paired, used: Inputs) -> Report:
        """Record the run in one transaction; the stored document is the returned report."""
        from secloop.store import Context

        final = report

        def document(recorded: Recorded) -> bytes:
            nonlocal final
            final = _as_recorded(report, recorded)
            return to_json(final)

        context = Context(
            rules=rule_digests(used.rules),
            sensors={rule: sensor.name for sensor in report.run.sensors for rule in _rules_of(sensor, used)},
            identities=identities(paired.findings),
            aliases=paired.aliases,
            base_ref=self._project.default_ref,
        )
        self._store.record(report.run, report.findings, report.coverage, report.verdict, document, context=context)
        return final


def rule_digests(rules: RuleSet) -> dict[str, str]:
    """Return a digest of each matcher's rule, so that a re-versioned rule closes as retired, not as fixed."""
    from hashlib import blake2b

    from secloop.model.base import to_msgpack

    return {
        page.rule_id(matcher): blake2b(to_msgpack(matcher), digest_size=8).hexdigest()
        for page, matcher in rules.matchers()
    }


def _as_recorded(report: Report, recorded: Recorded) -> Report:
    """Return the report with what only the store knows: what came back and what this run closed."""
    rows = tuple(
        msgspec.structs.replace(row, status=Status.REOPENED)
        if recorded.statuses.get(row.occurrence) is Status.REOPENED and row.suppressed is None
        else row
        for row in report.findings
    )
    return msgspec.structs.replace(report, findings=rows, closed=recorded.closed)


def _rules_of(sensor: SensorRun, used: Inputs) -> list[str]:
    """Return the ids of the rules of a sensor's stage; engines tell sensors of one stage apart."""
    engines = {s.info.name: getattr(s, "engine", "") for s in used.sensors}
    engine = engines.get(sensor.name, "")
    return [
        rule_id
        for page in used.rules
        if (page.engine == engine if engine else page.stage is sensor.stage)
        for rule_id in page.rule_ids()
    ]


def open_memory(project: Project, options: Options, notes: list[str]) -> Memory:
    """Return the memory of a run. A place of our own choice that cannot be written is a note, a damaged one an error.

    Raises: StateError where the state is damaged, or the place the user named cannot be used.
    """
    if options.no_store or options.staged:
        return Nothing()
    target = project.state(options.state)
    if not options.state and isinstance(target, Path) and not _writable(target):
        notes.append(f"Nothing is remembered: {target} cannot be written. Name another place with --state")
        return Nothing()
    from secloop.store.store import Store

    return StoreMemory(Store(target, project.id), project)


def _writable(target: Path) -> bool:
    """Return whether a database at `target` can be written, or made where it is absent."""
    if target.exists():
        return os.access(target, os.W_OK) and os.access(target.parent, os.W_OK)
    nearest = next(folder for folder in target.parents if folder.exists())
    return os.access(nearest, os.W_OK | os.X_OK)


def open_existing(project: Project, state: str) -> Store:
    """Return the project's store for reading. Raises: StateError where nothing was stored yet."""
    target = project.state(state)
    if isinstance(target, Path) and not target.exists():
        raise StateError(f"No run of {project.id} is remembered", "Run secloop scan first")
    from secloop.store.store import Store

    return Store(target, project.id)
