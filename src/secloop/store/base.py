"""What the store hands out: the result of a recorded run, rows of the run list, a finding with its history."""

from __future__ import annotations

from typing import Literal

from msgspec import field

from secloop.model.base import Value
from secloop.model.enums import EventKind, Kind, Severity, Status
from secloop.model.finding import ToolRef
from secloop.model.report import FindingRow


class Recorded(Value):
    """What recording a run came to.

    `statuses` holds the status of every occurrence of the run, by the occurrence id that the caller passed in.
    `closed` are the rows this run closed (status fixed or retired).
    """

    statuses: dict[str, Status]
    closed: tuple[FindingRow, ...] = ()


class RunRow(Value):
    """One run of the run list. `findings`, `opened` count occurrences nothing hides; times are RFC 3339 UTC."""

    id: str
    project: str
    ref: str
    command: str
    commit: str
    started: str
    finished: str
    exit: int
    gate: str
    complete: bool
    closes: bool
    findings: int
    opened: int
    closed: int


class Event(Value):
    """One entry of the lifecycle log of an occurrence. `run` is empty for a decision made outside a run."""

    occurrence: str
    ref: str
    kind: EventKind
    time: str
    run: str
    actor: str = ""
    reason: str = ""


class SightingRow(Value):
    """By which sensor, and under which tools' names, an occurrence was seen, from which run to which.

    `withdrawn` is the run in which that sensor no longer reported it, empty while it does.
    """

    occurrence: str
    sensor: str
    tools: tuple[ToolRef, ...]
    first_run: str
    last_run: str
    withdrawn: str = ""


class FindingDetail(Value):
    """One finding on one ref: its rows (one per place), its log in order, its sightings and its other ids.

    `identity` are the identity fields it was first computed from (empty when the caller never passed them) by version
    `id_version` of the algorithm.
    """

    row: FindingRow
    occurrences: tuple[FindingRow, ...]
    events: tuple[Event, ...]
    sightings: tuple[SightingRow, ...]
    aliases: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()
    id_version: int = 0


class Context(Value):
    """What the recorder may know beside the run; every field has a safe default.

    `rules`: ids of the rules that the run's sensors have now, with a digest of each rule ("" when unknown); without it,
    what is gone after a change of rules closes as retired. `sensors`: rule id -> name of the sensor, where neither the
    tool, nor the stage, nor a single sensor tells. `identities`: finding id -> identity fields, for `why_same`.
    `aliases`: computed finding id -> kept id, as `Store.identify` returned them. `base_ref`: what is open there is not
    new here.
    """

    rules: dict[str, str] | None = None
    sensors: dict[str, str] = field(default_factory=dict)
    identities: dict[str, tuple[str, ...]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    base_ref: str = ""


class Filter(Value):
    """Which rows a query returns; an empty field is no condition.

    `rule` is an exact id or a page's id (`a` selects `a.b` too); `path` a file, a folder or a glob; `ids` are starts of
    finding ids. `sort` is severity (worst first), path, rule or id. Without `statuses` only live rows are returned.
    """

    kinds: tuple[Kind, ...] = ()
    severities: tuple[Severity, ...] = ()
    statuses: tuple[Status, ...] = ()
    rule: str = ""
    path: str = ""
    ids: tuple[str, ...] = ()
    hidden: bool | None = None
    sort: Literal["severity", "path", "rule", "id"] = "severity"
