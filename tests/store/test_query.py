"""Asking the store: filters, order, one finding with its history, runs and reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from secloop.model.coverage import Coverage
from secloop.model.enums import Kind, Severity, Status
from secloop.model.errors import UsageError
from secloop.model.ids import finding_id
from secloop.store import Context, Recorded, open_store
from secloop.store.store import Store
from store.samples import HIDDEN, VERDICT, record, row, run

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = (
    row("a", "app/a.py", severity=Severity.LOW, line=7),
    row("b", "app/b%_.py", severity=Severity.CRITICAL, rule="token.classic"),
    row("c", "lib/c.py", severity=Severity.MEDIUM, rule="token_x", suppressed=HIDDEN),
    row("d", "uv.lock", Kind.VULNERABILITY, severity=Severity.HIGH),
)


@pytest.mark.parametrize(
    ("conditions", "names"),
    [
        ({}, "bdca"),
        ({"sort": "path"}, "abcd"),
        ({"sort": "rule"}, "abcd"),
        ({"limit": 2}, "bd"),
        ({"kinds": [Kind.VULNERABILITY]}, "d"),
        ({"severities": [Severity.LOW, Severity.CRITICAL]}, "ba"),
        ({"rule": "token"}, "ba"),
        ({"rule": "token.classic"}, "b"),
        ({"path": "app"}, "ba"),
        ({"path": "app/"}, "ba"),
        ({"path": "app/a.py"}, "a"),
        ({"path": "*/?.py"}, "ca"),
        ({"path": "app/b%_*"}, "b"),
        ({"path": "APP"}, ""),
        ({"hidden": True}, "c"),
        ({"hidden": False}, "bda"),
        ({"statuses": [Status.NEW]}, "bdca"),
        ({"statuses": [Status.FIXED]}, ""),
    ],
)
def test_filters_and_order(store: Store, conditions: dict[str, Any], names: str) -> None:
    record(store, run("1"), *ROWS)
    assert "".join(each.title[-1] for each in store.findings(**conditions)) == names


def test_rows_come_back_as_they_went_in(store: Store) -> None:
    record(store, run("1"), *ROWS)
    assert store.findings(sort="path") == list(ROWS)


def test_new_means_open_since_the_latest_run_of_the_ref(store: Store) -> None:
    record(store, run("1"), ROWS[0])
    record(store, run("2"), *ROWS[:2])
    assert [each.title for each in store.findings(statuses=[Status.NEW])] == ["Title of b"]
    assert [each.title for each in store.findings(statuses=[Status.OPEN])] == ["Title of a"]


def test_what_the_baseline_knew_is_open_at_once(store: Store) -> None:
    old = row("a", status=Status.OPEN)
    assert record(store, run("1"), old).statuses == {old.occurrence: Status.OPEN}
    assert [each.status for each in store.findings()] == [Status.OPEN]


def test_without_a_ref_the_latest_run_decides(store: Store) -> None:
    record(store, run("1"), ROWS[0])
    record(store, run("2", ref="feature"), ROWS[1])
    assert [each.title for each in store.findings()] == ["Title of b"]
    assert [each.title for each in store.known("main")] == ["Title of a"]
    assert store.findings("nowhere") == []


def test_a_finding_is_named_by_the_start_of_its_id(store: Store) -> None:
    a = ROWS[0]
    record(store, run("1"), *ROWS)
    for name in (a.id, a.id[:9], a.occurrence):
        assert store.finding(name).row == a
    with pytest.raises(UsageError, match="Several findings start with 's-'"):
        store.finding("s-")
    with pytest.raises(UsageError, match="No finding has an id that starts with 'z-1'"):
        store.finding("z-1")


def test_a_finding_on_a_ref_without_it_is_a_clear_error(store: Store) -> None:
    with pytest.raises(UsageError, match=r"Nothing is stored\. Scan first\."):
        store.finding("s-1")
    record(store, run("1"), ROWS[0])
    record(store, run("2", ref="feature"))
    with pytest.raises(UsageError, match="was never seen on ref feature"):
        store.finding(ROWS[0].id, "feature")


def test_runs_are_listed_newest_first_with_their_counts(store: Store) -> None:
    record(store, run("1"), *ROWS)
    record(store, run("2"), *ROWS[:1])
    second, first = store.runs()
    assert (first.id, first.findings, first.opened, first.closed) == ("1", 3, 3, 0)
    assert (second.id, second.findings, second.opened, second.closed) == ("2", 1, 0, 3)
    assert [each.id for each in store.runs(1)] == ["2"]


def test_reports_are_kept_per_run(store: Store) -> None:
    assert store.report() is None
    store.record(run("1"), [], Coverage(), VERDICT, b'{"n": 1}')
    store.record(run("2"), [], Coverage(), VERDICT, lambda recorded: repr(recorded.statuses).encode())
    record(store, run("3"))
    assert (store.report("1"), store.report(), store.report("3")) == (b'{"n": 1}', b"{}", None)


def test_a_report_that_cannot_be_made_leaves_the_run_unrecorded(store: Store) -> None:
    def fails(_recorded: Recorded) -> bytes:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.record(run("1"), ROWS, Coverage(), VERDICT, fails)
    assert (store.runs(), store.findings()) == ([], [])


def test_projects_do_not_see_each_other(fresh_target: Callable[[], str]) -> None:
    target = fresh_target()
    with Store(target) as store:
        store.record(run("1"), ROWS[:1], Coverage(), VERDICT, b"one")
        store.record(run("2", project="example.org/other"), ROWS[1:2], Coverage(), VERDICT, b"two")
    for project, name, document in (("example.org/shop", "a", b"one"), ("example.org/other", "b", b"two")):
        with Store(target, project) as store:
            assert [each.title[-1] for each in store.findings()] == [name]
            assert len(store.runs()) == 1
            assert store.report() == document


def test_why_two_findings_are_the_same_or_not(store: Store) -> None:
    kind = Kind.VULNERABILITY
    fields = {"a": ("CVE-2026-1", "pkg:pypi/x"), "b": ("CVE-2026-1", "pkg:pypi/y")}
    ids = {name: finding_id(kind, value) for name, value in fields.items()}
    rows = [row(name, "uv.lock", kind, id=ids[name], occurrence=f"{ids[name]}@1") for name in fields]
    record(store, run("1"), *rows, context=Context(identities={ids[name]: fields[name] for name in fields}))
    assert store.why_same(ids["a"], ids["b"]) == "Different: package without version differs."
    assert store.why_same(ids["a"], ids["a"][:8]).startswith("Same: both have the identity fields canonical advisory")
    assert store.finding(ids["a"]).identity == fields["a"]


def test_text_that_a_column_cannot_hold_is_kept_in_the_row(store: Store) -> None:
    odd = row("a", "name\0with nul.py")
    record(store, run("1"), odd)
    assert store.findings() == [odd]


def test_a_store_that_is_opened_again_has_everything(target: str) -> None:
    with open_store(target) as first:
        record(first, run("1"), *ROWS)
    with open_store(target) as again:
        assert again.findings(sort="path") == list(ROWS)
