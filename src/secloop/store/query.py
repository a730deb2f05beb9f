"""Reading: rows of a ref, one finding with its history, the run list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from sqlalchemy import and_, func, or_, select, union

from secloop.model.base import from_json
from secloop.model.enums import EventKind, Kind, Severity, Status
from secloop.model.errors import UsageError
from secloop.model.ids import explain_identity
from secloop.model.pairing import KnownFinding
from secloop.model.report import FindingRow
from secloop.store import schema
from secloop.store.base import Event, Filter, FindingDetail, RunRow, SightingRow
from secloop.store.lifecycle import LIVE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection

    from secloop.model.finding import ToolRef

_decode = msgspec.msgpack.Decoder(tuple[FindingRow, ...]).decode
_SHOWN_CANDIDATES = 5


class RefPlace(NamedTuple):
    """A ref as stored: its number, its project's number, its name, and the number of its latest run (0: none)."""

    no: int
    project: int
    name: str
    latest: int


class Sighted(NamedTuple):
    """One occurrence: its number, its status, and its rows by sensor, the sensor whose rows are shown first."""

    no: int
    status: Status
    rows: dict[str, tuple[FindingRow, ...]]

    def merged(self) -> tuple[FindingRow, ...]:
        """Return the rows to show: those of the first sensor, with the tools of every sensor that still reports it."""
        shown, *others = self.rows.values()
        if not others and all(row.status is self.status for row in shown):
            return shown
        more = {tool: None for rows in others for row in rows for tool in row.tools}
        return tuple(msgspec.structs.replace(row, status=self.status, tools=_joined(row.tools, more)) for row in shown)


def find_place(connection: Connection, project: str, ref: str | None) -> RefPlace | None:
    """Return a ref; an empty project is the one of the latest run, ref None is the ref of its latest run."""
    r, p, runs = schema.refs, schema.projects, schema.runs
    latest = func.coalesce(select(func.max(runs.c.no)).where(runs.c.ref == r.c.no).scalar_subquery(), 0)
    query = select(r.c.no, r.c.project, r.c.name, latest.label("latest")).join(p, p.c.no == r.c.project)
    if project:
        query = query.where(p.c.name == project)
    if ref is not None:
        query = query.where(r.c.name == ref)
    row = connection.execute(query.order_by(latest.desc(), r.c.no).limit(1)).first()
    return RefPlace(*row) if row else None


def sighted(connection: Connection, place: RefPlace, wanted: Filter) -> list[Sighted]:
    """Return the occurrences of a ref that `wanted` selects, in its order."""
    o, s, b = schema.occurrences, schema.sightings, schema.bodies
    chosen = (
        select(o.c.no)
        .join(s, s.c.occurrence == o.c.no)
        .where(o.c.ref == place.no, *_conditions(wanted, place), _current())
        .distinct()
    )
    return _load(
        connection,
        place,
        select(o.c.no, o.c.status, o.c.new_run, s.c.sensor, b.c.rows)
        .join(s, s.c.occurrence == o.c.no)
        .join(b, and_(b.c.occurrence == s.c.occurrence, b.c.sensor == s.c.sensor))
        .where(o.c.no.in_(chosen), _current())
        .order_by(*_order(wanted), o.c.id, s.c.first_run, s.c.sensor),
    )


def closed_since(connection: Connection, place: RefPlace, event: int) -> tuple[FindingRow, ...]:
    """Return the rows of what was closed by events numbered `event` or later, by occurrence id."""
    o, s, b, e = schema.occurrences, schema.sightings, schema.bodies, schema.events
    closed = select(e.c.occurrence).where(e.c.no >= event, e.c.kind.in_((EventKind.FIXED, EventKind.RETIRED)))
    found = _load(
        connection,
        place,
        select(o.c.no, o.c.status, o.c.new_run, s.c.sensor, b.c.rows)
        .join(s, s.c.occurrence == o.c.no)
        .join(b, and_(b.c.occurrence == s.c.occurrence, b.c.sensor == s.c.sensor))
        .where(o.c.no.in_(closed), _current())
        .order_by(o.c.id, s.c.first_run, s.c.sensor),
    )
    return tuple(row for each in found for row in each.merged())


def detail(connection: Connection, place: RefPlace, id_prefix: str) -> FindingDetail:
    """Return one finding of a ref with its history. Raises: UsageError when none or several ids start so."""
    id_ = resolve(connection, place.project, id_prefix)
    every = Filter(statuses=tuple(Status), ids=(f"{id_}@",), sort="id")
    found = sighted(connection, place, every)
    if not found:
        raise UsageError(f"{id_} was never seen on ref {place.name}", "Name another ref")
    rows = tuple(row for each in found for row in each.merged())
    f, a = schema.findings, schema.aliases
    of_finding = select(f.c.identity, f.c.id_version).where(f.c.project == place.project, f.c.id == id_)
    identity, id_version = connection.execute(of_finding).one()
    other = select(a.c.alias).where(a.c.project == place.project, a.c.finding == id_).order_by(a.c.alias)
    numbers = [each.no for each in found]
    return FindingDetail(
        row=min(rows, key=lambda row: (row.status not in LIVE, row.occurrence)),
        occurrences=rows,
        events=events_of(connection, numbers),
        sightings=sightings_of(connection, numbers),
        aliases=tuple(connection.execute(other).scalars()),
        identity=from_json(identity, tuple[str, ...]),
        id_version=id_version,
    )


def known_findings(connection: Connection, project: str, refs: Sequence[str]) -> tuple[KnownFinding, ...]:
    """Return what is known of the findings of the first of `refs` that was ever recorded, the oldest first."""
    places = (find_place(connection, project, ref) for ref in refs)
    place = next((place for place in places if place), None)
    if place is None:
        return ()
    o, s, f = schema.occurrences, schema.sightings, schema.findings
    query = (
        select(f.c.id, f.c.kind, f.c.identity, s.c.path, s.c.line, f.c.ids, f.c.package, o.c.status)
        .join(s, s.c.occurrence == o.c.no)
        .join(f, and_(f.c.project == place.project, f.c.id == o.c.finding))
        .where(o.c.ref == place.no, _current())
        .order_by(f.c.first_run, o.c.id, s.c.sensor)
    )
    return tuple(
        KnownFinding(
            id=id_,
            kind=Kind(kind),
            identity=from_json(identity, tuple[str, ...]),
            file=path,
            line=line,
            ids=tuple(ids.split()),
            package=package,
            live=Status(status) in LIVE,
        )
        for id_, kind, identity, path, line, ids, package, status in connection.execute(query)
    )


def alias_map(connection: Connection, project: str) -> dict[str, str]:
    """Return the finding ids of a project that stand for an older one."""
    a, p = schema.aliases, schema.projects
    query = select(a.c.alias, a.c.finding).join(p, p.c.no == a.c.project).where(p.c.name == project)
    return {row.alias: row.finding for row in connection.execute(query)}


def resolve(connection: Connection, project: int, id_prefix: str) -> str:
    """Return the finding id that starts with `id_prefix` (an occurrence id or an alias will do). Raises: UsageError."""
    start = id_prefix.partition("@")[0]
    f, a = schema.findings, schema.aliases
    own = select(f.c.id).where(f.c.project == project, f.c.id.startswith(start, autoescape=True))
    other = select(a.c.finding).where(a.c.project == project, a.c.alias.startswith(start, autoescape=True))
    found = sorted(connection.execute(union(own, other).limit(_SHOWN_CANDIDATES + 1)).scalars())
    if not found:
        raise UsageError(f"No finding has an id that starts with {id_prefix!r}", "List them with secloop findings")
    if len(found) > 1 and start not in found:
        shown = ", ".join(found[:_SHOWN_CANDIDATES])
        raise UsageError(f"Several findings start with {id_prefix!r}: {shown}", "Give more of the id")
    return start if start in found else found[0]


def why_same(connection: Connection, project: str, first: str, second: str) -> str:
    """Return one sentence on why two findings are one problem or two, by their stored identity. Raises: UsageError."""
    place = find_place(connection, project, None)
    if place is None:
        raise UsageError("Nothing is stored", "Scan first")
    a, b = (resolve(connection, place.project, each) for each in (first, second))
    if a == b and not all(a.startswith(each.partition("@")[0]) for each in (first, second)):
        return f"Same: {first} and {second} are ids of {a}: its alias group grew."
    f = schema.findings
    query = select(f.c.id, f.c.kind, f.c.identity).where(f.c.project == place.project, f.c.id.in_((a, b)))
    stored = {row.id: (Kind(row.kind), from_json(row.identity, tuple[str, ...])) for row in connection.execute(query)}
    return explain_identity((a, *stored[a]), (b, *stored[b]))


def events_of(connection: Connection, occurrences: Iterable[int]) -> tuple[Event, ...]:
    """Return the log of some occurrences, oldest first."""
    e, o, r, runs = schema.events, schema.occurrences, schema.refs, schema.runs
    query = (
        select(o.c.id, r.c.name, e.c.kind, e.c.time, runs.c.id, e.c.actor, e.c.reason)
        .join(o, o.c.no == e.c.occurrence)
        .join(r, r.c.no == o.c.ref)
        .join(runs, runs.c.no == e.c.run, isouter=True)
        .where(e.c.occurrence.in_(list(occurrences)))
        .order_by(e.c.no)
    )
    return tuple(
        Event(occurrence=id_, ref=ref, kind=EventKind(kind), time=time, run=run or "", actor=actor, reason=reason)
        for id_, ref, kind, time, run, actor, reason in connection.execute(query)
    )


def sightings_of(connection: Connection, occurrences: Iterable[int]) -> tuple[SightingRow, ...]:
    """Return who saw some occurrences, from which run to which; withdrawn ones too."""
    s, o, b, runs = schema.sightings, schema.occurrences, schema.bodies, schema.runs
    first, last, gone = (runs.alias(name) for name in ("first", "last", "gone"))
    query = (
        select(o.c.id, s.c.sensor, b.c.rows, first.c.id, last.c.id, gone.c.id)
        .join(o, o.c.no == s.c.occurrence)
        .join(b, and_(b.c.occurrence == s.c.occurrence, b.c.sensor == s.c.sensor))
        .join(first, first.c.no == s.c.first_run)
        .join(last, last.c.no == s.c.last_run)
        .join(gone, gone.c.no == s.c.withdrawn, isouter=True)
        .where(s.c.occurrence.in_(list(occurrences)))
        .order_by(o.c.id, s.c.first_run, s.c.sensor)
    )
    return tuple(
        SightingRow(
            occurrence=id_,
            sensor=sensor,
            tools=_joined((), {tool: None for row in _decode(rows) for tool in row.tools}),
            first_run=first_run,
            last_run=last_run,
            withdrawn=withdrawn or "",
        )
        for id_, sensor, rows, first_run, last_run, withdrawn in connection.execute(query)
    )


def run_rows(connection: Connection, project: str, limit: int) -> list[RunRow]:
    """Return the latest runs, newest first."""
    runs, r, p = schema.runs, schema.refs, schema.projects
    names = ("id", "command", "commit", "started", "finished", "exit", "gate", "complete", "closes")
    counts = ("findings", "opened", "closed")
    query = (
        select(p.c.name.label("project"), r.c.name.label("ref"), *(runs.c[name] for name in (*names, *counts)))
        .join(r, r.c.no == runs.c.ref)
        .join(p, p.c.no == r.c.project)
    )
    if project:
        query = query.where(p.c.name == project)
    rows = connection.execute(query.order_by(runs.c.no.desc()).limit(limit)).mappings()
    return [RunRow(**row) for row in rows]


def _load(connection: Connection, place: RefPlace, query: Any) -> list[Sighted]:
    out: dict[int, Sighted] = {}
    for no, status, new_run, sensor, body in connection.execute(query):
        if no not in out:
            fresh = status == Status.OPEN.value and new_run == place.latest
            out[no] = Sighted(no, Status.NEW if fresh else Status(status), {})
        out[no].rows[sensor] = _decode(body)
    return list(out.values())


def _joined(own: tuple[ToolRef, ...], more: Iterable[ToolRef]) -> tuple[ToolRef, ...]:
    extra = sorted((tool for tool in more if tool not in own), key=lambda tool: (tool.tool, tool.rule, tool.own_id))
    return (*own, *extra)


def _current() -> ColumnElement[bool]:
    """Return the condition that a sighting counts: not withdrawn, or withdrawn with the whole occurrence."""
    return or_(schema.sightings.c.withdrawn.is_(None), schema.occurrences.c.status.not_in(_values(LIVE)))


def _conditions(wanted: Filter, place: RefPlace) -> list[ColumnElement[bool]]:
    o, s = schema.occurrences, schema.sightings
    out: list[ColumnElement[bool]] = [_status(wanted.statuses or tuple(LIVE), place)]
    if wanted.kinds:
        out.append(o.c.kind.in_(_values(wanted.kinds)))
    if wanted.severities:
        out.append(s.c.severity.in_([Severity(severity).rank for severity in wanted.severities]))
    if wanted.rule:
        out.append(or_(s.c.rule == wanted.rule, s.c.rule.startswith(f"{wanted.rule}.", autoescape=True)))
    if wanted.path:
        out.append(_path(wanted.path))
    if wanted.hidden is not None:
        out.append(s.c.hidden == wanted.hidden)
    if wanted.ids:
        out.append(or_(*(o.c.id.startswith(start, autoescape=True) for start in wanted.ids)))
    return out


def _status(statuses: tuple[Status, ...], place: RefPlace) -> ColumnElement[bool]:
    """Return the condition on status; `new` is `open` since the ref's latest run."""
    o = schema.occurrences
    wanted = set(statuses)
    fresh = and_(o.c.status == Status.OPEN.value, o.c.new_run == place.latest)
    old = and_(o.c.status == Status.OPEN.value, o.c.new_run != place.latest)
    out: list[ColumnElement[bool]] = [o.c.status.in_(_values(wanted - {Status.NEW, Status.OPEN}))]
    if Status.NEW in wanted:
        out.append(fresh)
    if Status.OPEN in wanted:
        out.append(old)
    return or_(*out)


def _path(path: str) -> ColumnElement[bool]:
    s = schema.sightings
    if any(sign in path for sign in "*?"):
        escaped = path.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
        return s.c.path.like(escaped.replace("*", "%").replace("?", "_"), escape="\\")
    folder = path.rstrip("/")
    return or_(s.c.path == folder, s.c.path.startswith(f"{folder}/", autoescape=True))


def _order(wanted: Filter) -> tuple[ColumnElement[Any], ...]:
    o, s = schema.occurrences, schema.sightings
    return {
        "severity": (s.c.severity.desc(), s.c.path, s.c.line),
        "path": (s.c.path, s.c.line),
        "rule": (s.c.rule, s.c.path, s.c.line),
        "id": (o.c.id,),
    }[wanted.sort]


def _values(members: Iterable[Any]) -> list[str]:
    return sorted(member.value for member in members)
