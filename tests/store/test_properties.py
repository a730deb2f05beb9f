"""Properties of recording that hold for any history of runs."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from secloop.model.coverage import Coverage, Gap
from secloop.model.enums import EventKind, FileClass, Status
from secloop.model.run import Scope
from secloop.store import schema
from secloop.store.lifecycle import LIVE, fold
from secloop.store.store import Store
from store import samples
from store.samples import HIDDEN, SECRETS, VERDICT, row, run

if TYPE_CHECKING:
    from secloop.model.report import FindingRow
    from secloop.model.run import Run
    from secloop.store import Recorded

# the database is shared by the examples of a test; each has a project of its own in it
_FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_numbers = itertools.count()
_FILES = ("a.py", "app/a.py", "app/b.py")


@st.composite
def rows(draw: st.DrawFn) -> list[FindingRow]:
    """Make rows of few problems in few files, so that they meet again; some accepted, some twice in a file."""
    out = []
    for name, file, line in draw(
        st.lists(st.tuples(st.sampled_from("pqr"), st.sampled_from(_FILES), st.integers(1, 3)), max_size=8)
    ):
        accepted = draw(st.booleans())
        hidden = {"status": Status.ACCEPTED, "suppressed": HIDDEN} if accepted else {"status": Status.NEW}
        out.append(row(name, file, line=line, **hidden))
    return out


@st.composite
def runs(draw: st.DrawFn) -> Run:
    """Make a run on one of two refs that looks at all or some, and closes or not."""
    return run(
        "",
        ref=draw(st.sampled_from(["main", "feature"])),
        closes=draw(st.booleans()),
        paths=draw(st.sampled_from([(), ("app",), ("a.py",)])),
    )


def renamed(what: Run, n: int) -> Run:
    return run(str(n), ref=what.ref, scope=what.scope)


def logs(store: Store) -> dict[tuple[str, str], list[EventKind]]:
    """Return the events of every occurrence of the store's project, by (ref, id)."""
    r, p, o, e = schema.refs, schema.projects, schema.occurrences, schema.events
    query = (
        select(r.c.name, o.c.id, e.c.kind)
        .join(e, e.c.occurrence == o.c.no)
        .join(r, r.c.no == o.c.ref)
        .join(p, p.c.no == r.c.project)
    )
    out: dict[tuple[str, str], list[EventKind]] = {}
    with store._engine.connect() as connection:
        for ref, id_, kind in connection.execute(query.where(p.c.name == store._project).order_by(e.c.no)):
            out.setdefault((ref, id_), []).append(EventKind(kind))
    return out


def projected(store: Store) -> dict[tuple[str, str], Status]:
    """Return the status column of every occurrence of the store's project, by (ref, id)."""
    r, p, o = schema.refs, schema.projects, schema.occurrences
    query = select(r.c.name, o.c.id, o.c.status).join(r, r.c.no == o.c.ref).join(p, p.c.no == r.c.project)
    with store._engine.connect() as connection:
        found = connection.execute(query.where(p.c.name == store._project))
        return {(ref, id_): Status(status) for ref, id_, status in found}


def fresh(target: str) -> Store:
    """Open the database with a project that has nothing in it yet."""
    return Store(target, f"project{next(_numbers)}")


def record(store: Store, what: Run, *found: FindingRow) -> Recorded:
    return samples.record(store, own(store, what), *found)


def own(store: Store, what: Run) -> Run:
    return msgspec.structs.replace(what, id=f"{store._project}/{what.id}", project=store._project)


@_FEW
@given(history=st.lists(st.tuples(runs(), rows()), min_size=1, max_size=6))
def test_the_status_column_is_the_fold_of_the_events(target: str, history: list[tuple[Run, list[FindingRow]]]) -> None:
    with fresh(target) as store:
        for n, (what, found) in enumerate(history):
            record(store, renamed(what, n), *found)
        assert projected(store) == {key: fold(kinds) for key, kinds in logs(store).items()}


@_FEW
@given(before=rows(), what=runs(), found=rows())
def test_recording_again_changes_nothing(
    target: str, before: list[FindingRow], what: Run, found: list[FindingRow]
) -> None:
    with fresh(target) as store:
        record(store, run("0", ref=what.ref), *before)
        first = record(store, renamed(what, 1), *found)
        status, log, shown = projected(store), logs(store), store.findings(statuses=tuple(Status))
        assert record(store, renamed(what, 1), *found).statuses == first.statuses  # the same run, again
        assert (projected(store), logs(store)) == (status, log)
        assert store.findings(statuses=tuple(Status)) == shown
        again = record(store, renamed(what, 2), *found)  # the same report in a run of its own
        assert again.closed == ()
        assert (projected(store), logs(store)) == (status, log)
        new_is_open = {key: Status.OPEN if value is Status.NEW else value for key, value in first.statuses.items()}
        assert again.statuses == new_is_open


@_FEW
@given(before=rows(), found=rows(), paths=st.sampled_from([("app",), ("a.py",), ("app/b.py", "nowhere")]))
def test_a_partial_run_closes_nothing_outside_its_scope(
    target: str,
    before: list[FindingRow],
    found: list[FindingRow],
    paths: tuple[str, ...],
) -> None:
    with fresh(target) as store:
        record(store, run("0"), *before)
        inside = [each for each in found if each.file and any(f"{each.file}/".startswith(f"{path}/") for path in paths)]
        closed = record(store, run("1", paths=paths), *inside).closed
        seen = {each.occurrence for each in inside}
        gone = {
            each.occurrence
            for each in before
            if each.file and any(f"{each.file}/".startswith(f"{path}/") for path in paths)
        } - seen
        assert {each.occurrence for each in closed} == gone
        live = {each.occurrence for each in store.findings(statuses=tuple(LIVE))}
        assert live == ({each.occurrence for each in before} | seen) - gone


@_FEW
@given(before=rows(), found=rows(), kind=st.sampled_from(["open", "since", "sensor", "incomplete"]))
def test_a_run_that_may_not_close_only_ever_adds(
    target: str, before: list[FindingRow], found: list[FindingRow], kind: str
) -> None:
    what = {
        "open": run("1", closes=False),
        "since": run("1", scope=Scope(since="HEAD~1", closes=True)),
        "sensor": run("1", scope=Scope(sensors=("other",), closes=True), sensors=(SECRETS,)),
        "incomplete": run("1"),
    }[kind]
    failed = Gap(file="x", sensor="secrets", outcome=FileClass.FAILED, reason="crash")
    coverage = Coverage(gaps=(failed,)) if kind == "incomplete" else Coverage()
    with fresh(target) as store:
        record(store, run("0"), *before)
        assert store.record(own(store, what), found, coverage, VERDICT).closed == ()
        assert {each.occurrence for each in store.known()} == {each.occurrence for each in (*before, *found)}


@_FEW
@given(data=st.data(), before=rows(), found=rows())
def test_the_order_of_rows_does_not_matter(
    target: str,
    data: st.DataObject,
    before: list[FindingRow],
    found: list[FindingRow],
) -> None:
    shuffled = data.draw(st.permutations(found))
    results = []
    for order in (found, shuffled):
        with fresh(target) as store:
            record(store, run("0"), *before)
            recorded = record(store, run("1"), *order)
            results.append((recorded, store.findings(statuses=tuple(Status)), logs(store), list(recorded.statuses)))
    assert results[0] == results[1]


@_FEW
@given(found=rows())
def test_every_place_of_equal_occurrences_is_kept(target: str, found: list[FindingRow]) -> None:
    with fresh(target) as store:
        recorded = record(store, run("0"), *found)
        places = sorted((each.occurrence, each.line or 0) for each in store.findings(statuses=tuple(Status)))
        assert places == sorted((each.occurrence, each.line or 0) for each in found)
        assert len(recorded.statuses) == len({each.occurrence for each in found})
        assert store.runs()[0].findings == len({each.occurrence for each in found if each.suppressed is None})
