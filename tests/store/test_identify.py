"""Ids over time: the store pairs what a run found with what it knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model.identity_cases import vulnerability, weakness
from secloop.model.enums import Kind, Status
from secloop.model.ids import finding_id
from secloop.model.pairing import identities
from secloop.model.report import row_of
from secloop.model.run import Scope, SensorRun
from secloop.store import Context
from store.samples import record, run

if TYPE_CHECKING:
    from secloop.model.finding import Finding
    from secloop.model.pairing import Paired
    from secloop.store import Recorded
    from secloop.store.store import Store

_SAST = SensorRun(name="sast", version="1", stage=weakness("x", "a", 1).stage, digest="")
_PROJECT = "example.org/shop"


def scan(
    store: Store,
    name: str,
    *found: Finding,
    ref: str = "main",
    renames: dict[str, str] | None = None,
) -> tuple[Paired, Recorded]:
    """Do what a scan does: identify with the store, then record."""
    paired = store.identify(_PROJECT, ref, found, renames=renames, base_ref="main")
    context = Context(
        identities=identities(paired.findings),
        aliases=paired.aliases,
        sensors={"a-rule": "sast"},
        base_ref="main",
    )
    what = run(name, ref=ref, sensors=(_SAST,), scope=Scope(closes=True))
    return paired, record(store, what, *(row_of(finding) for finding in paired.findings), context=context)


def test_weaknesses_keep_their_ids_through_a_move_and_a_rename(store: Store) -> None:
    first, _ = scan(store, "1", weakness("x()", "old.py", 10), weakness("x()", "old.py", 20))
    second, recorded = scan(store, "2", weakness("x()", "new.py", 25), renames={"old.py": "new.py"})
    assert second.findings[0].id == first.findings[1].id
    assert {each.id for each in recorded.closed} == {each.id for each in first.findings}  # both occurrences in old.py
    third, _ = scan(store, "3", weakness("x()", "new.py", 5), weakness("x()", "new.py", 25))
    assert third.findings[1].id == second.findings[0].id


def test_a_branch_starts_from_what_its_base_knows(store: Store) -> None:
    first, _ = scan(store, "1", weakness("x()", "b.py", 10))
    on_branch, recorded = scan(store, "2", weakness("x()", "a.py", 1), weakness("x()", "b.py", 10), ref="feature")
    assert on_branch.findings[1].id == first.findings[0].id
    assert recorded.statuses == {
        on_branch.findings[0].occurrence: Status.NEW,
        on_branch.findings[1].occurrence: Status.OPEN,
    }


def test_a_growing_alias_group_keeps_its_id_and_can_be_asked_for_by_each(store: Store) -> None:
    purl = "pkg:pypi/p@1.0"
    first, _ = scan(store, "1", vulnerability(("GHSA-1",), purl))
    grown = vulnerability(("GHSA-1", "CVE-1"), purl)
    second, recorded = scan(store, "2", grown)
    kept, computed = first.findings[0].id, finding_id(Kind.VULNERABILITY, grown.identity)
    assert second.findings[0].id == kept != computed
    assert recorded.closed == ()
    detail = store.finding(computed)
    assert (detail.row.id, detail.aliases) == (kept, (computed,))
    assert store.why_same(kept, computed) == f"Same: {kept} and {computed} are ids of {kept}: its alias group grew."
    only_cve = vulnerability(("CVE-1",), purl)
    assert scan(store, "3", only_cve)[0].findings[0].id == kept


def test_ids_that_join_a_known_group_are_remembered(store: Store) -> None:
    purl = "pkg:pypi/p@1.0"
    first, _ = scan(store, "1", vulnerability(("CVE-1",), purl))
    scan(store, "2", vulnerability(("CVE-1", "GHSA-1"), purl))
    assert scan(store, "3", vulnerability(("GHSA-1",), purl))[0].findings[0].id == first.findings[0].id
