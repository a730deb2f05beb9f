"""Remembering runs. The paths that store nothing (hook, `--staged`, `--no-store`) never import the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

import msgspec

from secloop.model.base import to_json
from secloop.model.enums import Status
from secloop.model.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from secloop.loop.inputs import Inputs
    from secloop.loop.pipeline import Options
    from secloop.loop.project import Project
    from secloop.model.finding import Finding
    from secloop.model.report import FindingRow, Report
    from secloop.store import Store


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

    def remember(self, report: Report, findings: Sequence[Finding], used: Inputs) -> Report:
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

    def remember(self, report: Report, findings: Sequence[Finding], used: Inputs) -> Report:
        """Return the report as it is."""
        del findings, used
        return report


class StoreMemory(Nothing):
    """A memory in the store."""

    def __init__(self, store: Store) -> None:
        """Use an open store."""
        self._store = store

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        """Close the store."""
        self._store.close()

    def known(self, ref: str) -> list[FindingRow]:
        """Return the rows that are open on a ref."""
        return self._store.known(ref)

    def remember(self, report: Report, findings: Sequence[Finding], used: Inputs) -> Report:
        """Record the run in one transaction; the stored document is the returned report."""
        final = report

        def document(statuses: dict[str, Status], closed: tuple[FindingRow, ...]) -> bytes:
            nonlocal final
            rows = tuple(
                msgspec.structs.replace(row, status=Status.REOPENED)
                if statuses.get(row.occurrence) is Status.REOPENED and row.suppressed is None
                else row
                for row in report.findings
            )
            final = msgspec.structs.replace(report, findings=rows, closed=closed)
            return to_json(final)

        self._store.record(
            report.run,
            report.findings,
            report.coverage,
            report.verdict,
            document,
            rule_ids=frozenset(i for page in used.rules for i in page.rule_ids()),
            identities={finding.id: finding.identity for finding in findings},
        )
        return final


def open_memory(project: Project, options: Options, notes: list[str]) -> Memory:
    """Return the memory of a run. A place that cannot be written is a note, a damaged one an error.

    Raises: StateError where the state is damaged.
    """
    if options.no_store or options.staged:
        return Nothing()
    from secloop.store import ReadOnlyError, open_store

    try:
        return StoreMemory(open_store(project.state(options.state)))
    except ReadOnlyError as error:
        notes.append(f"Nothing is remembered: {error.what}")
        return Nothing()


def open_existing(project: Project, state: str) -> Store:
    """Return the project's store for reading. Raises: StateError where nothing was stored yet."""
    from pathlib import Path

    from secloop.store import open_store

    target = project.state(state)
    if isinstance(target, Path) and not target.exists():
        raise StateError(f"No run of {project.id} is remembered", "Run secloop scan first")
    return open_store(target)
