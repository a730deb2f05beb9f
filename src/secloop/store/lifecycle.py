"""The lifecycle as pure functions: which events a sighting or its absence causes, and the status they fold to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.model.enums import EventKind, Status

if TYPE_CHECKING:
    from collections.abc import Iterable

LIVE = frozenset({Status.NEW, Status.OPEN, Status.REOPENED, Status.ACCEPTED})
"""The statuses of an occurrence that is still there."""

_FIXED, _RETIRED = Status.FIXED, Status.RETIRED

_AFTER = {
    EventKind.OPENED: Status.OPEN,
    EventKind.REOPENED: Status.REOPENED,
    EventKind.ACCEPTED: Status.ACCEPTED,
    EventKind.EXPIRED: Status.OPEN,
    EventKind.FIXED: Status.FIXED,
    EventKind.RETIRED: Status.RETIRED,
}


def is_live(status: Status) -> bool:
    """Return whether an occurrence is still there (asked per row: by identity, since an Enum's hash is Python code)."""
    return status is not _FIXED and status is not _RETIRED


def fold(events: Iterable[EventKind], start: Status | None = None) -> Status:
    """Return the status that `events`, in order, lead to. Raises: ValueError when there is none to start from."""
    status = start
    for event in events:
        status = _AFTER.get(event, status)
    if status is None:
        raise ValueError("an occurrence without events has no status")
    return status


def on_seen(stored: Status | None, incoming: Status) -> tuple[EventKind, ...]:
    """Return the events of seeing an occurrence whose stored status is `stored` (None: for the first time).

    `incoming` is what admission says: accepted, or anything else for counted. Being seen again is no event: 100,000
    unchanged findings would add 100,000 rows a run; the run range of the sighting holds it (ADR 0007).
    """
    accepted = incoming is Status.ACCEPTED
    if stored is None:
        first = (EventKind.OPENED,)
    elif not is_live(stored):
        first = (EventKind.REOPENED,)
    elif stored is Status.ACCEPTED:
        return () if accepted else (EventKind.EXPIRED,)
    else:
        return (EventKind.ACCEPTED,) if accepted else ()
    return (*first, EventKind.ACCEPTED) if accepted else first


def strongest(statuses: Iterable[Status]) -> Status:
    """Return the status of an occurrence from those of its places: accepted only when every place is."""
    found = set(statuses)
    for status in (Status.NEW, Status.REOPENED, Status.OPEN):
        if status in found:
            return status
    return Status.ACCEPTED
