"""What a run changes in the store, computed without touching the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from secloop.model.enums import EventKind, Severity, Status
from secloop.store.lifecycle import fold, is_live, on_seen, strongest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from secloop.model.report import FindingRow
    from secloop.store.scope import Closing

_DIGEST_BYTES = 12
_ARRAY_OF_ONE = b"\x91"  # fixarray of one element (msgpack specification, array format family)
_RANK = {severity: severity.rank for severity in Severity}
_encode = msgspec.msgpack.Encoder().encode

Tuples = list[tuple[object, ...]]


class Group(NamedTuple):
    """The places of one occurrence as one sensor reports them: its first row, all rows encoded, and their digest."""

    row: FindingRow
    hidden: bool
    body: bytes
    digest: bytes


class Incoming(NamedTuple):
    """One occurrence of a run: its status by admission, and its groups by sensor."""

    status: Status
    groups: dict[str, Group]


class Seen(NamedTuple):
    """A stored sighting: digest of its body, its rule and file, and whether it still holds."""

    digest: bytes
    rule: str
    path: str
    live: bool


class Known(NamedTuple):
    """An occurrence as stored: its number, its status, the run it was new in (0: none), its sightings by sensor."""

    no: int
    status: Status
    new_run: int
    sensors: dict[str, Seen]


class Place(NamedTuple):
    """Where a run is written: numbers of project, ref and run, the next free numbers, and the time of its events."""

    project: int
    ref: int
    run: int
    next_occurrence: int
    next_event: int
    time: str


class FirstSight(NamedTuple):
    """A row of a finding that may be new to the project, and its identity fields (empty when unknown)."""

    row: FindingRow
    identity: tuple[str, ...]


@dataclass(slots=True)
class Changes:
    """Rows to write, as tuples in the column order that `store.write` names, and what the caller is told.

    `standing` and `opened` count occurrences that nothing hides.
    """

    findings: dict[str, FirstSight] = field(default_factory=dict)
    occurrences: Tuples = field(default_factory=list)
    sightings: Tuples = field(default_factory=list)
    bodies: Tuples = field(default_factory=list)
    resighted: Tuples = field(default_factory=list)
    rebodied: Tuples = field(default_factory=list)
    statuses: Tuples = field(default_factory=list)
    withdrawn: Tuples = field(default_factory=list)
    events: Tuples = field(default_factory=list)
    seen: dict[str, list[int]] = field(default_factory=dict)
    grown: dict[str, tuple[str, ...]] = field(default_factory=dict)
    result: dict[str, Status] = field(default_factory=dict)
    standing: int = 0
    opened: int = 0
    closed: int = 0


def group(rows: Iterable[FindingRow], sensor_of: Callable[[FindingRow], str]) -> dict[str, Incoming]:
    """Return the rows by occurrence, in the order of the occurrence ids; the order of `rows` does not matter.

    Rows that say fixed or retired are no sighting and are left out.
    """
    by_occurrence: dict[str, list[FindingRow]] = {}
    for row in sorted(rows, key=attrgetter("occurrence")):
        if is_live(row.status):
            by_occurrence.setdefault(row.occurrence, []).append(row)
    return {occurrence: _incoming(places, sensor_of) for occurrence, places in by_occurrence.items()}


def _incoming(places: list[FindingRow], sensor_of: Callable[[FindingRow], str]) -> Incoming:
    if len(places) == 1:  # nearly all: keep it cheap
        row = places[0]
        return Incoming(
            row.status, {sensor_of(row): _grouped(row, _ARRAY_OF_ONE + _encode(row), row.suppressed is not None)}
        )
    by_sensor: dict[str, list[FindingRow]] = {}
    for row in places:
        by_sensor.setdefault(sensor_of(row), []).append(row)
    groups = {}
    for sensor, rows in sorted(by_sensor.items()):
        ordered = sorted((row.line or 0, row.column or 0, _encode(row), n) for n, row in enumerate(rows))
        first = rows[ordered[0][3]]
        hidden = all(row.suppressed is not None for row in rows)
        groups[sensor] = _grouped(first, _encode([msgspec.Raw(encoded) for _, _, encoded, _ in ordered]), hidden)
    return Incoming(strongest(row.status for row in places), groups)


def _grouped(row: FindingRow, body: bytes, hidden: bool) -> Group:
    return Group(row, hidden, body, blake2b(body, digest_size=_DIGEST_BYTES).digest())


class Diff:
    """Compares what a run reports with what is stored; `changes` is the result.

    `base` holds occurrences that are known elsewhere (the ref this one branched from): they open, but are not new.
    """

    def __init__(self, place: Place, known: Mapping[str, Known], base: frozenset[str] = frozenset()) -> None:
        self.changes = Changes()
        self._place = place
        self._known = known
        self._base = base
        self._occurrence = place.next_occurrence
        self._event = place.next_event

    def see(self, incoming: Mapping[str, Incoming], identities: Mapping[str, tuple[str, ...]]) -> None:
        """Open what is unknown, reopen what was closed, note what changed, and mark the rest as seen."""
        for occurrence, entry in incoming.items():
            known = self._known.get(occurrence)
            self.changes.standing += _stands(entry)
            if known is None:
                self._open(occurrence, entry, identities)
            else:
                self._see(occurrence, known, entry)

    def close(self, incoming: Mapping[str, Incoming], closing: Closing) -> None:
        """Withdraw sightings that `closing` covers and the run lacks; close an occurrence that has none left."""
        for occurrence, known in self._known.items():
            if not is_live(known.status):
                continue
            entry = incoming.get(occurrence)
            unseen = [
                (name, seen)
                for name, seen in known.sensors.items()
                if seen.live and (entry is None or name not in entry.groups)
            ]
            gone = sorted((name, seen.rule) for name, seen in unseen if closing.covers(name, seen.path))
            self.changes.withdrawn += [(self._place.run, known.no, name) for name, _ in gone]
            if gone and entry is None and len(gone) == len(unseen):
                kind, reason = closing.cause(gone)
                self._log(known.no, kind, "", reason)
                self.changes.statuses.append((fold((kind,)).value, known.no))
                self.changes.closed += 1

    def _open(self, occurrence: str, entry: Incoming, identities: Mapping[str, tuple[str, ...]]) -> None:
        place, changes, no = self._place, self.changes, self._occurrence
        self._occurrence += 1
        kinds = on_seen(None, entry.status)
        status = fold(kinds)
        new = entry.status is not Status.OPEN and occurrence not in self._base
        for sensor, each in entry.groups.items():
            self._add_sighting(no, sensor, each)
        row = next(iter(entry.groups.values())).row
        changes.findings.setdefault(row.id, FirstSight(row, identities.get(row.id, ())))
        new_run = place.run if new else 0
        changes.occurrences.append((no, place.ref, occurrence, row.id, row.kind.value, status.value, new_run))
        self._log_all(no, kinds, row)
        changes.opened += _stands(entry)
        changes.result[occurrence] = Status.NEW if new and status is Status.OPEN else status

    def _see(self, occurrence: str, known: Known, entry: Incoming) -> None:
        changes, no = self.changes, known.no
        for sensor, each in entry.groups.items():
            seen = known.sensors.get(sensor)
            if seen is None:
                self._add_sighting(no, sensor, each)
                continue
            if seen.digest != each.digest:
                changes.rebodied.append((each.body, no, sensor))
            if seen.digest != each.digest or not seen.live:
                changes.resighted.append((*_shown(each), no, sensor))
                if each.row.ids:
                    changes.grown[each.row.id] = each.row.ids
            changes.seen.setdefault(sensor, []).append(no)
        kinds = on_seen(known.status, entry.status)
        if kinds:
            status = fold(kinds, known.status)
            self._log_all(no, kinds, next(iter(entry.groups.values())).row)
            changes.statuses.append((status.value, no))
            changes.result[occurrence] = status
        else:
            changes.result[occurrence] = known.status

    def _add_sighting(self, no: int, sensor: str, each: Group) -> None:
        run = self._place.run
        self.changes.sightings.append((no, sensor, *_shown(each), run, run))
        self.changes.bodies.append((no, sensor, each.body))

    def _log_all(self, no: int, kinds: tuple[EventKind, ...], row: FindingRow) -> None:
        for kind in kinds:
            hidden = row.suppressed if kind is EventKind.ACCEPTED else None
            self._log(no, kind, hidden.source if hidden else "", hidden.reason if hidden else "")

    def _log(self, no: int, kind: EventKind, actor: str, reason: str) -> None:
        self.changes.events.append((self._event, no, kind.value, self._place.run, self._place.time, actor, reason))
        self._event += 1


def _stands(entry: Incoming) -> bool:
    return not all(each.hidden for each in entry.groups.values())


def _shown(each: Group) -> tuple[object, ...]:
    row = each.row
    return (
        row.rule,
        _RANK[row.severity],
        _text(row.file or row.resource or ""),
        row.line or 0,
        each.hidden,
        each.digest,
    )


def _text(value: str) -> str:
    """Return `value` as a text column takes it: PostgreSQL has no NUL, and neither has lone surrogates."""
    if value.isascii() and "\0" not in value:
        return value
    return value.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
