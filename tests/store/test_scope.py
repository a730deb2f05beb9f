"""What a run may close: only what it really looked at, with the rules it had."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from secloop.model.coverage import Coverage, Gap
from secloop.model.enums import EventKind, FileClass, Kind, Stage, Status
from secloop.model.finding import ToolRef
from secloop.model.run import Scope, SensorRun
from secloop.store import Context
from store.samples import DEPENDENCIES, SECRETS, VERDICT, record, row, run

if TYPE_CHECKING:
    from secloop.model.run import Run
    from secloop.store.store import Store


def statuses(store: Store, ref: str | None = None) -> dict[str, Status]:
    return {each.title: each.status for each in store.findings(ref, statuses=tuple(Status))}


@pytest.mark.parametrize(
    "partial",
    [
        run("2", closes=False),
        run("2", dirty=True),
        run("2", scope=Scope(sensors=("secrets",), since="HEAD~1", closes=True)),
    ],
    ids=["does not close", "worktree", "since"],
)
def test_a_narrowed_run_closes_nothing(store: Store, partial: Run) -> None:
    record(store, run("1"), row("a"))
    assert record(store, partial).closed == ()
    assert statuses(store) == {"Title of a": Status.OPEN}


def test_an_incomplete_run_closes_nothing(store: Store) -> None:
    record(store, run("1"), row("a"))
    failed = Coverage(gaps=(Gap(file="b.py", sensor="secrets", outcome=FileClass.FAILED, reason="crash"),))
    assert store.record(run("2"), [], failed, VERDICT).closed == ()


def test_a_file_with_an_accepted_gap_closes_nothing_in_it(store: Store) -> None:
    record(store, run("1"), row("a", "broken.py"), row("b", "fine.py"))
    gap = Gap(file="broken.py", sensor="secrets", outcome=FileClass.FAILED, reason="crash", accepted="a fixture")
    closed = store.record(run("2"), [], Coverage(gaps=(gap,)), VERDICT).closed
    assert [each.file for each in closed] == ["fine.py"]


def test_a_run_limited_to_paths_closes_nothing_outside_them(store: Store) -> None:
    record(store, run("1"), row("a", "app/a.py"), row("b", "application.py"), row("c", "lib/c.py"))
    closed = record(store, run("2", paths=("app", "lib/*.js"))).closed
    assert [each.file for each in closed] == ["app/a.py"]


def test_a_sensor_that_did_not_run_closes_nothing(store: Store) -> None:
    record(store, run("1"), row("a"), row("v", "uv.lock", Kind.VULNERABILITY))
    only = run("2", sensors=(SECRETS,), scope=Scope(sensors=("secrets",), closes=True))
    assert [each.title for each in record(store, only).closed] == ["Title of a"]


def test_another_ref_keeps_its_own_status(store: Store) -> None:
    record(store, run("1"), row("a"))
    record(store, run("2", ref="feature"), row("a"))
    record(store, run("3", ref="feature"))
    assert statuses(store, "main") == {"Title of a": Status.NEW}
    assert statuses(store, "feature") == {"Title of a": Status.FIXED}


def test_what_is_open_on_the_base_ref_is_not_new_on_a_branch(store: Store) -> None:
    a, b = row("a"), row("b", "b.py")
    record(store, run("1"), a)
    recorded = record(store, run("2", ref="feature"), a, b, context=Context(base_ref="main"))
    assert recorded.statuses == {a.occurrence: Status.OPEN, b.occurrence: Status.NEW}


def changed(digest: str) -> tuple[SensorRun, SensorRun]:
    return (msgspec.structs.replace(SECRETS, digest=digest), DEPENDENCIES)


def test_a_rule_that_was_removed_retires_its_findings(store: Store) -> None:
    record(store, run("1"), row("a", rule="old"), row("b", "b.py", rule="kept"))
    rules = Context(rules={"kept": ""})
    closed = record(store, run("2", sensors=changed("rules-2")), context=rules).closed
    assert {each.rule: each.status for each in closed} == {"old": Status.RETIRED, "kept": Status.FIXED}
    last = store.finding(row("a").id).events[-1]
    assert (last.kind, last.reason) == (EventKind.RETIRED, "rule old was removed")


def test_a_rule_that_was_rewritten_retires_and_an_unchanged_one_fixes(store: Store) -> None:
    before = Context(rules={"rewritten": "1", "same": "1"})
    record(store, run("1"), row("a", rule="rewritten"), row("b", "b.py", rule="same"), context=before)
    after = Context(rules={"rewritten": "2", "same": "1"})
    closed = record(store, run("2", sensors=changed("rules-2")), context=after).closed
    assert {each.rule: each.status for each in closed} == {"rewritten": Status.RETIRED, "same": Status.FIXED}


def test_without_knowledge_of_the_rules_a_change_of_their_digest_retires(store: Store) -> None:
    record(store, run("1"), row("a"))
    assert record(store, run("2", sensors=changed("rules-2"))).closed[0].status is Status.RETIRED


def test_a_retired_finding_comes_back_as_reopened(store: Store) -> None:
    a = row("a", rule="old")
    record(store, run("1"), a)
    record(store, run("2", sensors=changed("rules-2")), context=Context(rules={}))
    assert record(store, run("3"), a).statuses == {a.occurrence: Status.REOPENED}


def imported(name: str) -> Run:
    tool = SensorRun(name="trivy", version="0.59", stage=Stage.BUILD, digest="")
    return run(name, command="import", sensors=(tool,), scope=Scope(sensors=("trivy",), closes=True))


def test_a_finding_that_two_tools_report_stays_open_until_both_withdraw_it(store: Store) -> None:
    own = row("v", "uv.lock", Kind.VULNERABILITY)
    foreign = row("v", "uv.lock", Kind.VULNERABILITY, tools=(ToolRef(tool="trivy", rule="CVE-2026-1", own_id="7"),))
    record(store, run("1"), own)
    record(store, imported("2"), foreign)
    assert [tool.tool for tool in store.findings()[0].tools] == ["secloop", "trivy"]
    assert record(store, run("3")).closed == ()
    detail = store.finding(own.id)
    assert [(each.sensor, each.first_run, each.last_run, each.withdrawn) for each in detail.sightings] == [
        ("dependencies", "1", "1", "3"),
        ("trivy", "2", "2", ""),
    ]
    assert [tool.tool for tool in store.findings()[0].tools] == ["trivy"]
    assert [each.status for each in record(store, imported("4")).closed] == [Status.FIXED]


def test_the_sensor_of_a_rule_can_be_named(store: Store) -> None:
    twin = SensorRun(name="history", version="1", stage=Stage.CODE, digest="")
    both = run("1", sensors=(SECRETS, twin))
    record(store, both, row("a"), context=Context(sensors={"token": "history"}))
    assert [each.sensor for each in store.finding(row("a").id).sightings] == ["history"]


def test_a_row_whose_sensor_is_unknown_belongs_to_its_tool_and_is_never_closed(store: Store) -> None:
    twin = SensorRun(name="history", version="1", stage=Stage.CODE, digest="")
    scope = Scope(closes=True)
    record(store, run("1", sensors=(SECRETS, twin), scope=scope), row("a"))
    assert record(store, run("2", sensors=(SECRETS, twin), scope=scope)).closed == ()
