"""Recording runs: what opens, stays, closes and comes back, on every database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.model.enums import EventKind, Status
from store.samples import HIDDEN, record, row, run

if TYPE_CHECKING:
    from secloop.store.store import Store


def test_the_first_sighting_is_new_and_the_next_is_open(store: Store) -> None:
    a = row("a")
    assert record(store, run("1"), a).statuses == {a.occurrence: Status.NEW}
    assert record(store, run("2"), a).statuses == {a.occurrence: Status.OPEN}
    assert record(store, run("3"), a).statuses == {a.occurrence: Status.OPEN}
    assert [event.kind for event in store.finding(a.id).events] == [EventKind.OPENED]


def test_what_a_closing_run_no_longer_sees_is_fixed_and_returned(store: Store) -> None:
    a, b = row("a"), row("b", "b.py")
    record(store, run("1"), a, b)
    closed = record(store, run("2"), a).closed
    assert [(each.id, each.status) for each in closed] == [(b.id, Status.FIXED)]
    assert [each.id for each in store.findings()] == [a.id]


def test_a_fixed_finding_that_returns_is_reopened(store: Store) -> None:
    a = row("a")
    record(store, run("1"), a)
    record(store, run("2"))
    assert record(store, run("3"), a).statuses == {a.occurrence: Status.REOPENED}
    kinds = [event.kind for event in store.finding(a.id).events]
    assert kinds == [EventKind.OPENED, EventKind.FIXED, EventKind.REOPENED]


def test_an_exception_is_logged_once_and_its_end_too(store: Store) -> None:
    a = row("a")
    accepted = row("a", status=Status.ACCEPTED, suppressed=HIDDEN)
    record(store, run("1"), a)
    assert record(store, run("2"), accepted).statuses == {a.occurrence: Status.ACCEPTED}
    record(store, run("3"), accepted)
    assert record(store, run("4"), a).statuses == {a.occurrence: Status.OPEN}
    events = store.finding(a.id).events
    assert [event.kind for event in events] == [EventKind.OPENED, EventKind.ACCEPTED, EventKind.EXPIRED]
    assert (events[1].actor, events[1].reason) == ("exceptions.yaml", "test data")


def test_places_of_one_occurrence_are_kept_as_one_occurrence(store: Store) -> None:
    first, second = row("a", line=3), row("a", line=9)
    recorded = record(store, run("1"), second, first)
    assert recorded.statuses == {first.occurrence: Status.NEW}
    assert [each.line for each in store.findings()] == [3, 9]
    assert store.runs()[0].findings == 1


def test_the_run_list_counts_what_nothing_hides(store: Store) -> None:
    record(store, run("1"), row("a"), row("b", status=Status.ACCEPTED, suppressed=HIDDEN))
    (listed,) = store.runs()
    assert (listed.findings, listed.opened) == (1, 1)
