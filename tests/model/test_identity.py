"""The corpus of identity cases, and what holds for every pairing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.identity_cases import CASES, IdentityCase, secret, vulnerability, weakness
from secloop.model.enums import Kind
from secloop.model.ids import explain_same, finding_id, identify
from secloop.model.pairing import KnownFinding, identities, pair
from secloop.model.places import PackagePin, place_file, place_line

if TYPE_CHECKING:
    from secloop.model.finding import Finding

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "identity.md"


def known(findings: list[Finding] | tuple[Finding, ...], *, live: bool = True) -> list[KnownFinding]:
    """Return identified findings as a store knows them."""
    return [
        KnownFinding(
            id=each.id,
            kind=each.kind,
            identity=each.identity,
            file=place_file(each.place) or "",
            line=place_line(each.place) or 0,
            ids=each.ids,
            package=each.place.purl.rpartition("@")[0] if isinstance(each.place, PackagePin) else "",
            live=live,
        )
        for each in findings
    ]


def named(case: dict[str, Finding], found: list[Finding] | tuple[Finding, ...]) -> dict[str, Finding]:
    """Return identified findings by the names of the case, told apart by their places and fields."""
    return {name: next(f for f in found if (f.place, f.identity) == (c.place, c.identity)) for name, c in case.items()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_known_finding_keeps_its_id(case: IdentityCase) -> None:
    first = identify(case.before.values())
    second = pair(known(first), case.after.values(), case.renames).findings
    check(case, named(case.before, first), named(case.after, second))


@pytest.mark.parametrize("case", [case for case in CASES if case.stateless], ids=lambda case: case.name)
def test_an_id_that_needs_no_memory_is_kept_without(case: IdentityCase) -> None:
    first, second = identify(case.before.values()), identify(case.after.values())
    check(case, named(case.before, first), named(case.after, second))


def check(case: IdentityCase, before: dict[str, Finding], after: dict[str, Finding]) -> None:
    for name in before.keys() & after.keys():
        assert before[name].id == after[name].id, name
        assert (before[name].occurrence == after[name].occurrence) is case.occurrences, name
    assert len({after[name].id for name in case.distinct}) == len(case.distinct)


def test_a_copied_secret_is_one_finding_with_two_occurrences() -> None:
    one, two = identify([secret("one", "app.py", 3), secret("one", "test.py", 1)])
    assert one.id == two.id
    assert one.occurrence != two.occurrence


def test_the_page_lists_every_case() -> None:
    listed = re.findall(r"^\| `([a-z-]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == [case.name for case in CASES]


def test_a_grown_group_leaves_an_alias_that_holds_later() -> None:
    (old,) = identify([vulnerability(("GHSA-1",), "pkg:pypi/p@1")])
    grown = vulnerability(("GHSA-1", "CVE-1"), "pkg:pypi/p@1")
    paired = pair(known([old]), [grown])
    computed = finding_id(Kind.VULNERABILITY, grown.identity)
    assert paired.aliases == {computed: old.id}
    only_cve = vulnerability(("CVE-1",), "pkg:pypi/p@2")
    assert pair([], [only_cve], aliases=paired.aliases).findings[0].id == old.id


def test_the_oldest_finding_of_a_joined_group_is_kept() -> None:
    both = identify([vulnerability(("GHSA-1",), "pkg:pypi/p@1"), vulnerability(("OSV-2",), "pkg:pypi/p@1")])
    joined = vulnerability(("GHSA-1", "OSV-2", "CVE-1"), "pkg:pypi/p@1")
    for order in (both, both[::-1]):
        kept = pair(known(order), [joined]).findings[0].id
        assert kept in {each.id for each in both}


def test_a_partial_run_does_not_take_the_id_of_what_it_did_not_look_at() -> None:
    (old,) = identify([weakness("x()", "a.py", 1)])
    (copy,) = pair(known([old]), [weakness("x()", "b.py", 1)], complete=False).findings
    assert copy.id != old.id


def test_a_fixed_weakness_that_returns_to_its_file_has_its_id_again() -> None:
    one, two = identify([weakness("x()", "a.py", 1), weakness("x()", "b.py", 1)])
    memory = [*known([one]), *known([two], live=False)]
    back = pair(memory, [weakness("x()", "b.py", 5), weakness("x()", "a.py", 2)]).findings
    assert [each.id for each in back] == [one.id, two.id]


def test_many_equal_weaknesses_in_one_file_are_paired_by_their_order() -> None:
    before = identify(weakness("x()", "a.py", line) for line in range(1, 1201))
    after = pair(known(before), [weakness("x()", "a.py", line) for line in range(11, 1111)]).findings
    assert {each.id for each in after} < {each.id for each in before}
    assert len({each.id for each in after}) == 1100


def test_the_reason_two_findings_differ_is_named() -> None:
    one, two = identify([weakness("x()", "a.py", 1), weakness("x()", "a.py", 5)])
    (other,) = identify([weakness("y()", "a.py", 1, scope="f")])
    (key,) = identify([secret("v", "a.py", 1)])
    assert explain_same(one, two) == "Different: number among equal matches differs."
    assert explain_same(one, other) == "Different: enclosing scope, normalised match differs."
    assert explain_same(one, key) == "Different: one is a weakness, the other a secret."
    assert explain_same(one, one).startswith("Same: both have the identity fields weakness family sql-injection")


_weaknesses = st.lists(
    st.builds(weakness, st.sampled_from(["x()", "y()"]), st.sampled_from(["a.py", "b.py", "c.py"]), st.integers(1, 9)),
    max_size=8,
    unique_by=lambda each: (each.identity, each.place),
)


@given(data=st.data(), before=_weaknesses, after=_weaknesses)
def test_pairing_does_not_depend_on_order(data: st.DataObject, before: list[Finding], after: list[Finding]) -> None:
    memory = known(identify(before))
    renames = {"c.py": "b.py"}
    first = pair(memory, after, renames).findings
    assert first == pair(memory, data.draw(st.permutations(after)), renames).findings


@given(before=_weaknesses, after=_weaknesses, complete=st.booleans())
def test_no_two_weaknesses_share_an_id(before: list[Finding], after: list[Finding], complete: bool) -> None:
    found = pair(known(identify(before)), after, complete=complete).findings
    assert len({each.id for each in found}) == len(found) == len(after)


@given(findings=_weaknesses)
def test_what_did_not_change_keeps_its_ids(findings: list[Finding]) -> None:
    first = identify(findings)
    assert list(pair(known(first), findings).findings) == first
    assert pair([], findings).findings == tuple(first)
    assert list(identities(first)) == [each.id for each in first]


@given(findings=_weaknesses, data=st.data())
def test_a_fixed_one_never_renumbers_those_that_stay(findings: list[Finding], data: st.DataObject) -> None:
    first = identify(findings)
    gone = data.draw(st.sets(st.sampled_from(range(len(first))) if first else st.nothing()))
    stay = [each for n, each in enumerate(first) if n not in gone]
    bare = [each for each in findings if any(each.place == s.place and each.identity == s.identity for s in stay)]
    assert sorted(each.id for each in pair(known(first), bare).findings) == sorted(each.id for each in stay)
