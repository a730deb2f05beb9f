"""Alias groups and exploitation."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.build.advisories.base import Advisory, Exploitation
from secloop.stages.build.advisories.groups import by_package, grouped, strongest

IDS = ["CVE-2020-0001", "CVE-2020-0002", "GHSA-a", "GHSA-b", "PYSEC-1", "PYSEC-2"]
ADVISORIES = st.lists(
    st.builds(
        lambda id_, aliases: Advisory(id=id_, ecosystem="PyPI", package="p", aliases=tuple(aliases)),
        st.sampled_from(IDS),
        st.lists(st.sampled_from(IDS), max_size=2, unique=True),
    ),
    max_size=6,
)


def advisory(own: str, *aliases: str, withdrawn: bool = False) -> Advisory:
    return Advisory(id=own, ecosystem="PyPI", package="p", aliases=aliases, withdrawn=withdrawn)


def test_advisories_joined_by_an_alias_are_one_group_under_its_cve() -> None:
    (group,) = grouped([advisory("PYSEC-1", "CVE-2020-0001"), advisory("GHSA-a", "CVE-2020-0001")])
    assert group.ids == ("CVE-2020-0001", "GHSA-a", "PYSEC-1")
    assert len(group.advisories) == 2


def test_a_chain_of_aliases_joins_too() -> None:
    assert len(grouped([advisory("A", "B"), advisory("C", "D"), advisory("B", "C")])) == 1


def test_unrelated_advisories_stay_apart() -> None:
    assert [g.ids[0] for g in grouped([advisory("GHSA-b"), advisory("CVE-2020-0002")])] == ["CVE-2020-0002", "GHSA-b"]


@given(ADVISORIES, st.randoms())
def test_the_order_of_advisories_does_not_matter(advisories: list[Advisory], random: object) -> None:
    shuffled = list(advisories)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert grouped(shuffled) == grouped(advisories)


@given(ADVISORIES)
def test_every_advisory_is_in_exactly_one_group_and_no_id_in_two(advisories: list[Advisory]) -> None:
    groups = grouped(advisories)
    assert sum(len(group.advisories) for group in groups) == len(advisories)
    names = [name for group in groups for name in group.ids]
    assert len(names) == len(set(names))


def test_withdrawn_advisories_are_in_no_group() -> None:
    assert by_package([advisory("GHSA-a", withdrawn=True)]) == {}


def test_the_strongest_exploitation_of_a_group_counts() -> None:
    facts = {
        "CVE-2020-0001": Exploitation(epss=0.1, percentile=0.5, kev="2022-01-02"),
        "CVE-2020-0002": Exploitation(epss=0.9, percentile=0.99),
    }
    (group,) = grouped([advisory("CVE-2020-0001", "CVE-2020-0002")], facts)
    assert group.exploitation == Exploitation(epss=0.9, percentile=0.99, kev="2022-01-02")
    assert strongest([]) == Exploitation()
