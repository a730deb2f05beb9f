"""The store itself: record a run in one transaction, ask what stands."""

from __future__ import annotations

import zlib
from hashlib import blake2b
from typing import TYPE_CHECKING, Literal, Self

from sqlalchemy import insert, select

from secloop.model.base import to_msgpack
from secloop.model.enums import Kind, Severity, Status
from secloop.model.errors import StateError, UsageError
from secloop.model.pairing import pair
from secloop.store import query, schema
from secloop.store.base import Context, Filter, FindingDetail, Recorded, RunRow
from secloop.store.bulk import collector_paused
from secloop.store.changes import Diff, group
from secloop.store.connect import BUSY_SECONDS, guard, open_engine, writing
from secloop.store.scope import closing_of, sensor_namer
from secloop.store.write import find_ref, load_base, load_known, load_scopes, place_of, write, write_aliases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from sqlalchemy import Connection

    from secloop.model.coverage import Coverage
    from secloop.model.finding import Finding
    from secloop.model.pairing import Paired
    from secloop.model.policy import Verdict
    from secloop.model.report import FindingRow
    from secloop.model.run import Run
    from secloop.store.changes import Changes, Incoming, Known, Place

_NOTHING = Context()
_MAX_REPORT = 1 << 30
"""Bytes of a stored report; the database may come from a repository."""


class Store:
    """Runs and findings of one project (or of the project of the latest run, when `project` is empty).

    `target` is the path of a SQLite file or a `postgresql://` URL. Every method raises StateError when the database
    cannot be read or written; a run is then not stored, and what was stored before is intact.
    """

    def __init__(self, target: str | Path, project: str = "", *, busy_seconds: float = BUSY_SECONDS) -> None:
        """Open the database; a writer waits `busy_seconds` for another. Raises: StateError, MissingExtraError."""
        self._shown = str(target)
        self._project = project
        self._engine = open_engine(target, busy_seconds=busy_seconds)

    def __enter__(self) -> Self:
        """Return the store itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections; what was recorded is on disk already."""
        self._engine.dispose()

    def identify(
        self,
        project: str,
        ref: str,
        findings: Iterable[Finding],
        *,
        renames: Mapping[str, str] | None = None,
        base_ref: str = "",
        complete: bool = True,
    ) -> Paired:
        """Return the findings of a run with ids, those of known findings where it is the same problem.

        What is known is that of `ref`, or of `base_ref` when nothing was recorded on `ref` yet. Nothing is written:
        pass the aliases on in `Context.aliases` and `pairing.identities(...)` in `Context.identities`.
        """
        with guard(self._shown), self._engine.connect() as connection:
            known = query.known_findings(connection, project, [ref, *([base_ref] if base_ref else [])])
            aliases = query.alias_map(connection, project)
        return pair(known, findings, renames or {}, aliases=aliases, complete=complete)

    def record(
        self,
        run: Run,
        rows: Sequence[FindingRow],
        coverage: Coverage,
        verdict: Verdict,
        report_json: bytes | Callable[[Recorded], bytes] | None = None,
        *,
        context: Context = _NOTHING,
    ) -> Recorded:
        """Store a run with all its rows in one transaction, and close what it no longer sees within its scope.

        When this returns, the run is on disk. `report_json` may be a function that makes the report from the result; it
        is called inside the transaction. Recording a run id again changes nothing.

        Raises: StateError; UsageError when the run id is known with other findings.
        """
        with collector_paused(), guard(self._shown):
            return self._record((run, coverage, verdict), rows, report_json, context)

    def findings(  # noqa: PLR0913 - one keyword per filter of the command
        self,
        ref: str | None = None,
        *,
        kinds: Sequence[Kind] = (),
        severities: Sequence[Severity] = (),
        statuses: Sequence[Status] = (),
        rule: str = "",
        path: str = "",
        hidden: bool | None = None,
        sort: Literal["severity", "path", "rule", "id"] = "severity",
        limit: int | None = None,
    ) -> list[FindingRow]:
        """Return the rows of a ref (None: the ref of the latest run), one per place; without `statuses` the live ones.

        `rule` is a rule id or a page's id (all its matchers), `path` a file, a folder or a glob. `new` means: open
        since the ref's latest run. `limit` counts rows.
        """
        wanted = Filter(
            kinds=tuple(kinds),
            severities=tuple(severities),
            statuses=tuple(statuses),
            rule=rule,
            path=path,
            hidden=hidden,
            sort=sort,
        )
        rows = self._rows(ref, wanted)
        return rows if limit is None else rows[:limit]

    def known(self, ref: str | None = None) -> list[FindingRow]:
        """Return the rows of the live occurrences of a ref, by id."""
        return self._rows(ref, Filter(sort="id"))

    def finding(self, id_prefix: str, ref: str | None = None) -> FindingDetail:
        """Return one finding with its history, whatever its status; an alias stands for the id it was merged into.

        Raises: UsageError when no finding, or more than one, has an id that starts so.
        """
        with guard(self._shown), self._engine.connect() as connection:
            place = query.find_place(connection, self._project, ref)
            if place is None:
                raise UsageError(f"Nothing is stored{f' on ref {ref}' if ref else ''}", "Scan first")
            return query.detail(connection, place, id_prefix)

    def why_same(self, first: str, second: str) -> str:
        """Return one sentence on why two findings (ids or their starts) are one problem or two. Raises: UsageError."""
        with guard(self._shown), self._engine.connect() as connection:
            return query.why_same(connection, self._project, first, second)

    def runs(self, limit: int = 20) -> list[RunRow]:
        """Return the latest runs, newest first."""
        with guard(self._shown), self._engine.connect() as connection:
            return query.run_rows(connection, self._project, limit)

    def report(self, run_id: str = "") -> bytes | None:
        """Return the JSON report of a run (empty: of the latest one that has a report), or None."""
        runs = schema.runs
        wanted = select(runs.c.report).where(runs.c.report.is_not(None)).order_by(runs.c.no.desc()).limit(1)
        if self._project:
            of_project = select(schema.refs.c.no).join(schema.projects, schema.projects.c.no == schema.refs.c.project)
            wanted = wanted.where(runs.c.ref.in_(of_project.where(schema.projects.c.name == self._project)))
        if run_id:
            wanted = wanted.where(runs.c.id == run_id)
        with guard(self._shown), self._engine.connect() as connection:
            packed = connection.execute(wanted).scalar()
        return None if packed is None else _unpacked(packed, self._shown)

    def _record(
        self,
        facts: tuple[Run, Coverage, Verdict],
        rows: Sequence[FindingRow],
        report_json: bytes | Callable[[Recorded], bytes] | None,
        context: Context,
    ) -> Recorded:
        run, coverage, _ = facts
        incoming = group(rows, sensor_namer(run, context.sensors))
        content = _content(incoming)
        with writing(self._engine) as connection:
            place = place_of(connection, run.project, run.ref, run.finished or run.started)
            known = load_known(connection, place.ref, incoming)
            done = connection.execute(select(schema.runs.c.no, schema.runs.c.content).where(schema.runs.c.id == run.id))
            if (before := done.first()) is not None:
                return _replayed(run, before.no, bytes(before.content) == content, known, incoming)
            closing = closing_of(run, coverage, context.rules, load_scopes(connection, place.ref))
            diff = Diff(place, known, _base(connection, run, context))
            diff.see(incoming, context.identities)
            if closing:
                diff.close(incoming, closing)
            _insert_run(connection, place, facts, diff.changes, content, closes=closing is not None)
            write(connection, place, diff.changes, closing)
            write_aliases(connection, place, context.aliases)
            return self._finish(connection, place, run, diff.changes, report_json)

    def _rows(self, ref: str | None, wanted: Filter) -> list[FindingRow]:
        with guard(self._shown), self._engine.connect() as connection:
            place = query.find_place(connection, self._project, ref)
            if place is None:
                return []
            return [row for each in query.sighted(connection, place, wanted) for row in each.merged()]

    def _finish(
        self,
        connection: Connection,
        place: Place,
        run: Run,
        changes: Changes,
        report_json: bytes | Callable[[Recorded], bytes] | None,
    ) -> Recorded:
        at = query.RefPlace(place.ref, place.project, run.ref, place.run)
        closed = query.closed_since(connection, at, place.next_event) if changes.closed else ()
        recorded = Recorded(statuses=changes.result, closed=closed)
        document = report_json(recorded) if callable(report_json) else report_json
        if document is not None:
            packed = zlib.compress(document, 1)
            connection.execute(schema.runs.update().where(schema.runs.c.no == place.run).values(report=packed))
        return recorded


def _content(incoming: Mapping[str, Incoming]) -> bytes:
    """Return a digest of all that a run reports, to tell a repeated record from a clash of run ids."""
    h = blake2b(digest_size=16)
    for entry in incoming.values():
        for each in entry.groups.values():
            h.update(each.digest)
    return h.digest()


def _replayed(run: Run, no: int, same: bool, known: Mapping[str, Known], incoming: Mapping[str, Incoming]) -> Recorded:
    if not same:
        raise UsageError(
            f"A run with the id {run.id} is stored already, with other findings", "Give every run its own id"
        )
    statuses = {}
    for occurrence in incoming:
        stored = known[occurrence]
        fresh = stored.new_run == no and stored.status is Status.OPEN
        statuses[occurrence] = Status.NEW if fresh else stored.status
    return Recorded(statuses=statuses)


def _base(connection: Connection, run: Run, context: Context) -> frozenset[str]:
    if not context.base_ref or context.base_ref == run.ref:
        return frozenset()
    ref = find_ref(connection, run.project, context.base_ref)
    return frozenset() if ref is None else load_base(connection, ref)


def _unpacked(packed: bytes, shown: str) -> bytes:
    """Return a stored report. Raises: StateError for one that is damaged, or unpacks beyond its bound."""
    unpacker = zlib.decompressobj()
    try:
        report = unpacker.decompress(packed, _MAX_REPORT)
    except zlib.error as error:
        raise StateError(f"A report in the store {shown} is damaged ({error})", "Scan again") from error
    if not unpacker.eof:
        raise StateError(f"A report in the store {shown} is damaged or too large", "Scan again")
    return report


def _insert_run(
    connection: Connection,
    place: Place,
    facts: tuple[Run, Coverage, Verdict],
    changes: Changes,
    content: bytes,
    *,
    closes: bool,
) -> None:
    run, coverage, verdict = facts
    connection.execute(
        insert(schema.runs).values(
            no=place.run,
            id=run.id,
            ref=place.ref,
            command=run.command,
            commit=run.commit,
            started=run.started,
            finished=run.finished,
            exit=verdict.exit,
            gate=verdict.gate.value,
            complete=coverage.complete,
            closes=closes,
            findings=changes.standing,
            opened=changes.opened,
            closed=changes.closed,
            content=content,
            run=to_msgpack(run),
            coverage=to_msgpack(coverage),
            verdict=to_msgpack(verdict),
        ),
    )
