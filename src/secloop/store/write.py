"""The SQL side of recording a run: what is read before, and what is written after, the comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import bindparam, func, insert, select, update

from secloop.model.base import from_msgpack, to_msgpack
from secloop.model.enums import Status
from secloop.model.ids import VERSION, bare_purl
from secloop.store import schema
from secloop.store.bulk import insert_many, insert_missing, ranges, update_many
from secloop.store.changes import Known, Place, Seen
from secloop.store.lifecycle import LIVE
from secloop.store.scope import SensorScope

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection, Table

    from secloop.store.changes import Changes, FirstSight
    from secloop.store.scope import Closing

_LIVE = tuple(sorted(status.value for status in LIVE))
_SHOWN = ("rule", "severity", "path", "line", "hidden", "digest")


def place_of(connection: Connection, project: str, ref: str, time: str) -> Place:
    """Return where a run of `project` on `ref` is written; makes the project and the ref where they are missing."""
    project_no = _number(connection, schema.projects, {"name": project})
    ref_no = _number(connection, schema.refs, {"project": project_no, "name": ref})
    return Place(
        project=project_no,
        ref=ref_no,
        run=_next(connection, schema.runs),
        next_occurrence=_next(connection, schema.occurrences),
        next_event=_next(connection, schema.events),
        time=time,
    )


def find_ref(connection: Connection, project: str, ref: str) -> int | None:
    """Return the number of a ref, or None when nothing was recorded on it."""
    refs, projects = schema.refs, schema.projects
    query = select(refs.c.no).join(projects, projects.c.no == refs.c.project)
    number: int | None = connection.execute(query.where(projects.c.name == project, refs.c.name == ref)).scalar()
    return number


def load_known(connection: Connection, ref: int, incoming: Iterable[str]) -> dict[str, Known]:
    """Return the occurrences of a ref by id: the live ones, and the closed ones too when `incoming` has unknown ids."""
    known = _known(connection, ref, live=True)
    if any(occurrence not in known for occurrence in incoming):
        known |= _known(connection, ref, live=False)
    return known


def load_base(connection: Connection, ref: int) -> frozenset[str]:
    """Return the ids of the live occurrences of a ref."""
    occurrences = schema.occurrences
    query = select(occurrences.c.id).where(occurrences.c.ref == ref, occurrences.c.status.in_(_LIVE))
    return frozenset(connection.execute(query).scalars())


def load_scopes(connection: Connection, ref: int) -> dict[str, SensorScope]:
    """Return digest and rules of each sensor in its last closing run on a ref."""
    rows = connection.execute(select(schema.scopes).where(schema.scopes.c.ref == ref))
    return {row.sensor: SensorScope(row.digest, from_msgpack(row.rules, dict[str, str] | None)) for row in rows}


def write(connection: Connection, place: Place, changes: Changes, closing: Closing | None) -> None:
    """Write what changed, and that the rest was seen by this run."""
    insert_missing(
        connection,
        schema.findings,
        ("project", "id", "kind", "rule", "id_version", "identity", "package", "ids", "first_run"),
        _finding_tuples(place, changes.findings),
    )
    insert_many(
        connection,
        schema.occurrences,
        ("no", "ref", "id", "finding", "kind", "status", "new_run"),
        changes.occurrences,
    )
    insert_many(
        connection,
        schema.sightings,
        ("occurrence", "sensor", *_SHOWN, "first_run", "last_run"),
        changes.sightings,
    )
    insert_many(connection, schema.bodies, ("occurrence", "sensor", "rows"), changes.bodies)
    insert_many(
        connection,
        schema.events,
        ("no", "occurrence", "kind", "run", "time", "actor", "reason"),
        changes.events,
    )
    update_many(connection, schema.occurrences, ("status",), ("no",), changes.statuses)
    update_many(connection, schema.sightings, ("withdrawn",), ("occurrence", "sensor"), changes.withdrawn)
    resighted = [(*row[:6], None, *row[6:]) for row in changes.resighted]
    update_many(connection, schema.sightings, (*_SHOWN, "withdrawn"), ("occurrence", "sensor"), resighted)
    update_many(connection, schema.bodies, ("rows",), ("occurrence", "sensor"), changes.rebodied)
    _mark_seen(connection, place.run, changes.seen)
    _grow(connection, place.project, changes.grown)
    if closing:
        _write_scopes(connection, place, closing)


def write_aliases(connection: Connection, place: Place, aliases: Mapping[str, str]) -> None:
    """Note that a finding id now stands for an older one."""
    rows: list[tuple[object, ...]] = [
        (place.project, alias, finding, "its alias group grew", place.run) for alias, finding in sorted(aliases.items())
    ]
    insert_missing(connection, schema.aliases, ("project", "alias", "finding", "reason", "run"), rows)


def _number(connection: Connection, table: Table, values: dict[str, object]) -> int:
    where = [table.c[name] == value for name, value in values.items()]
    number: int | None = connection.execute(select(table.c.no).where(*where)).scalar()
    if number is None:
        number = _next(connection, table)
        connection.execute(insert(table).values(no=number, **values))
    return number


def _next(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.coalesce(func.max(table.c.no), 0) + 1)).scalar_one())


def _known(connection: Connection, ref: int, *, live: bool) -> dict[str, Known]:
    o, s = schema.occurrences, schema.sightings
    query = (
        select(o.c.id, o.c.no, o.c.status, o.c.new_run, s.c.sensor, s.c.digest, s.c.rule, s.c.path, s.c.withdrawn)
        .join(s, s.c.occurrence == o.c.no)
        .where(o.c.ref == ref, o.c.status.in_(_LIVE) if live else o.c.status.not_in(_LIVE))
    )
    out: dict[str, Known] = {}
    statuses = {status.value: status for status in Status}
    for occurrence, no, status, new_run, sensor, digest, rule, path, withdrawn in connection.execute(query).all():
        known = out.get(occurrence)
        if known is None:
            known = out[occurrence] = Known(no, statuses[status], new_run, {})
        known.sensors[sensor] = Seen(bytes(digest), rule, path, withdrawn is None)
    return out


def _finding_tuples(place: Place, findings: Mapping[str, FirstSight]) -> list[tuple[object, ...]]:
    out: list[tuple[object, ...]] = []
    for id_, (row, identity) in findings.items():
        fields = msgspec.json.encode(identity).decode()
        package = bare_purl(row.purl) if row.purl else ""
        ids = " ".join(sorted(row.ids))
        out.append((place.project, id_, row.kind.value, row.rule, VERSION, fields, package, ids, place.run))
    return out


def _mark_seen(connection: Connection, run: int, seen: Mapping[str, list[int]]) -> None:
    sightings = schema.sightings
    statement = (
        update(sightings)
        .where(
            sightings.c.sensor == bindparam("by"), sightings.c.occurrence.between(bindparam("low"), bindparam("high"))
        )
        .values(last_run=run)
    )
    for sensor, numbers in sorted(seen.items()):
        spans = [{"by": sensor, "low": low, "high": high} for low, high in ranges(sorted(numbers))]
        if spans:
            connection.execute(statement, spans)


def _grow(connection: Connection, project: int, grown: Mapping[str, tuple[str, ...]]) -> None:
    """Add advisory ids that were not known of a finding when it was first seen; none is ever taken away."""
    if not grown:
        return
    findings = schema.findings
    stored = connection.execute(
        select(findings.c.id, findings.c.ids).where(findings.c.project == project, findings.c.ids != ""),
    )
    wider: list[tuple[object, ...]] = []
    for finding, ids in stored:
        more = set(ids.split()) | set(grown.get(finding, ()))
        if len(more) > len(ids.split()):
            wider.append((" ".join(sorted(more)), project, finding))
    update_many(connection, findings, ("ids",), ("project", "id"), wider)


def _write_scopes(connection: Connection, place: Place, closing: Closing) -> None:
    rows: list[tuple[object, ...]] = []
    for sensor, scope in sorted(closing.now.items()):
        before = closing.before.get(sensor)
        if before is None or before.digest != scope.digest or before.rules != scope.rules:
            rows.append((scope.digest, to_msgpack(scope.rules), place.run, place.ref, sensor))
    fresh = [row for row in rows if row[4] not in closing.before]
    columns = ("digest", "rules", "run", "ref", "sensor")
    insert_many(connection, schema.scopes, columns, fresh)
    changed = [row for row in rows if row[4] in closing.before]
    update_many(connection, schema.scopes, columns[:3], ("ref", "sensor"), changed)
