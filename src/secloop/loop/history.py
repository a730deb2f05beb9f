"""Looking back: runs, findings and their history, as text or JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from secloop.loop.inputs import load_rules
from secloop.loop.memory import open_existing
from secloop.loop.pipeline import Outcome
from secloop.model.base import from_json
from secloop.model.enums import Kind, Severity, Stage, Status
from secloop.model.errors import StateError, UsageError
from secloop.model.report import Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secloop.loop.project import Project
    from secloop.model.report import FindingRow
    from secloop.store import FindingDetail
    from secloop.store.store import Store


@dataclass(frozen=True, kw_only=True)
class Query:
    """Which findings are listed, in which order; the names are the flags'."""

    severities: Sequence[str] = ()
    kinds: Sequence[str] = ()
    stages: Sequence[str] = ()
    statuses: Sequence[str] = ()
    rule: str = ""
    file: str = ""
    sort: str = "severity"
    limit: int = 0


def stored_report(project: Project, *, state: str, run_id: str = "") -> Report:
    """Return the report of a stored run; a unique start of its id is enough. Raises: UsageError, StateError."""
    with open_existing(project, state) as store:
        wanted = _run_id(store, run_id) if run_id else ""
        document = store.report(wanted)
    if document is None:
        raise StateError(f"No report of {project.id} is stored", "Run secloop scan first")
    return from_json(document, Report)


def outcome(project: Project, *, state: str, run_id: str) -> Outcome:
    """Return a stored run as if it had just been made."""
    report = stored_report(project, state=state, run_id=run_id)
    return Outcome(report=report, rules=load_rules(project), notes=list(report.notes))


def runs(project: Project, *, state: str, limit: int, format_: str) -> str:
    """Return the list of runs, newest first."""
    with open_existing(project, state) as store:
        rows = store.runs(limit)
    if format_ == "json":
        return _json(rows)
    head = f"{'run':<9} {'started':<20}  {'ref':<16} {'command':<8} {'gate':<9}"
    lines = [f"{head} {'exit':>4} {'found':>6} {'new':>5} {'closed':>6}"]
    for row in rows:
        gate = row.gate if row.complete else f"{row.gate}*"
        lines.append(
            f"{row.id[:8]:<9} {row.started:<20}  {row.ref[:16]:<16} {row.command:<8} {gate:<9} {row.exit:>4} "
            f"{row.findings:>6} {row.opened:>5} {row.closed:>6}",
        )
    if any(not row.complete for row in rows):
        lines.append("* incomplete: not everything that was wanted was looked at")
    return "\n".join([*lines, ""])


def listing(project: Project, query: Query, *, state: str, ref: str, format_: str) -> str:
    """Return the findings that a query selects on a ref, as a list or as report rows in JSON."""
    with open_existing(project, state) as store:
        shown = ref or _default_ref(project, store)
        rows = store.findings(
            shown,
            kinds=[Kind(k) for k in query.kinds],
            severities=[Severity(s) for s in query.severities],
            statuses=[Status(s) for s in query.statuses],
            rule=query.rule,
            path=query.file,
        )
    rows = [row for row in rows if not query.stages or row.stage in {Stage(s) for s in query.stages}]
    rows = sorted(rows, key=_orders[query.sort])
    cut = rows[: query.limit] if query.limit else rows
    if format_ == "json":
        return _json(cut)
    return _table(cut, len(rows), shown, project)


_orders = {
    "severity": lambda row: (-row.severity.rank, row.file or "", row.line or 0),
    "file": lambda row: (row.file or "", row.line or 0, row.rule),
    "rule": lambda row: (row.rule, row.file or "", row.line or 0),
    "id": lambda row: (row.id, row.occurrence),
}


def show(project: Project, finding: str, *, state: str, ref: str, format_: str) -> str:
    """Return one finding with its places, its history and who reports it. Raises: UsageError."""
    with open_existing(project, state) as store:
        detail = _detail(store, finding, ref or _default_ref(project, store))
    if format_ == "json":
        return _json(detail)
    row = detail.row
    lines = [
        f"{row.id}  {_safe(row.title)}",
        f"  {row.severity} severity, {row.confidence} confidence, {row.status}, rule {row.rule}",
        f"  {_safe(row.message)}",
    ]
    if row.suppressed:
        until = f" until {row.suppressed.until}" if row.suppressed.until else ""
        lines.append(f"  hidden by {row.suppressed.by} {row.suppressed.source}{until}: {_safe(row.suppressed.reason)}")
    lines += ["", "places"]
    lines += [f"  {one.occurrence}  {_safe(_where(one))}" for one in detail.occurrences]
    lines += ["", "history"]
    lines += [f"  {e.time}  {e.kind:<9} {e.ref:<16} {_safe(e.reason)}".rstrip() for e in detail.events]
    lines += ["", "reported by"]
    lines += [f"  {tool.tool}: {tool.rule}" for tool in row.tools]
    return "\n".join([*lines, "", f"Next: secloop explain {row.rule}", ""])


def places(project: Project, finding: str, *, state: str, ref: str) -> list[FindingRow]:
    """Return the rows of all places of a finding, named by id, occurrence id or a unique start. Raises: UsageError."""
    with open_existing(project, state) as store:
        return list(_detail(store, finding, ref or _default_ref(project, store)).occurrences)


def why_same(project: Project, a: str, b: str, *, state: str, ref: str) -> str:
    """Return why two findings are one problem or not. Occurrence ids name a place. Raises: UsageError."""
    del ref
    first, second = a.partition("@")[0], b.partition("@")[0]
    with open_existing(project, state) as store:
        said = store.why_same(first, second)
    if first == second and a != b:
        said += " They are two occurrences of it: each is accepted and baselined by itself."
    return said


def _default_ref(project: Project, store: Store) -> str | None:
    """Return the default ref where runs of it are stored, else None: the latest run's ref."""
    default = project.default_ref
    return default if any(row.ref == default for row in store.runs(1000)) else None


def _detail(store: Store, finding: str, ref: str | None) -> FindingDetail:
    own = finding.partition("@")[0]
    try:
        return store.finding(own, ref)
    except UsageError:
        return store.finding(own)


def _run_id(store: Store, start: str) -> str:
    found = [row.id for row in store.runs(100_000) if row.id.startswith(start)]
    if len(found) != 1:
        what = f"No run has an id that starts with {start}" if not found else f"{len(found)} runs start with {start}"
        raise UsageError(what, "secloop runs lists them")
    return found[0]


def _table(rows: Sequence[FindingRow], total: int, ref: str | None, project: Project) -> str:
    shown = ref or "the latest run's ref"
    if not rows:
        return f"No findings on {shown} of {project.id} that match.\n"
    lines = [f"{'severity':<9} {'sure':<7} {'status':<9} {'id':<23} place and title"]
    for row in rows:
        lines.append(f"{row.severity:<9} {row.confidence:<7} {row.status:<9} {row.id:<23} {_safe(_where(row))}")
        lines.append(f"{'':<51} {_safe(row.title)}")
    lines.append(f"{total} on {shown}" + (f", {len(rows)} shown" if len(rows) < total else ""))
    return "\n".join([*lines, "Next: secloop findings ID shows one with its history.", ""])


def _where(row: FindingRow) -> str:
    place = row.file or row.resource or row.endpoint or ""
    return f"{place}:{row.line}" if row.file and row.line else place


def _safe(text: str) -> str:
    from secloop.interop.text import visible

    return visible(text)


def _json(value: object) -> str:
    from secloop.interop.base import json_bytes

    return json_bytes(value).decode()
