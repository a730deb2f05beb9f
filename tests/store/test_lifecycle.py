"""The lifecycle as a pure function."""

from __future__ import annotations

import itertools

import pytest

from secloop.model.enums import EventKind, Status
from secloop.store.lifecycle import LIVE, fold, is_live, on_seen, strongest


@pytest.mark.parametrize("stored", [None, *(status for status in Status if status is not Status.NEW)])
@pytest.mark.parametrize("incoming", [Status.NEW, Status.OPEN, Status.REOPENED, Status.ACCEPTED])
def test_seeing_leads_to_the_status_that_admission_gave(stored: Status | None, incoming: Status) -> None:
    events = on_seen(stored, incoming)
    after = fold(events, stored)
    assert (after is Status.ACCEPTED) == (incoming is Status.ACCEPTED)
    assert is_live(after)
    assert on_seen(after, incoming) == ()  # seeing it again is no event


def test_a_log_without_events_has_no_status() -> None:
    with pytest.raises(ValueError, match="without events"):
        fold([])


def test_seen_never_changes_a_status() -> None:
    for status in Status:
        assert fold([EventKind.SEEN], status) is status


def test_live_is_everything_but_closed() -> None:
    assert {status for status in Status if is_live(status)} == LIVE


def test_an_occurrence_is_accepted_only_when_every_place_is() -> None:
    for pair in itertools.permutations([Status.NEW, Status.OPEN, Status.ACCEPTED, Status.REOPENED], 2):
        assert strongest(pair) is not Status.ACCEPTED
    assert strongest([Status.ACCEPTED, Status.ACCEPTED]) is Status.ACCEPTED
