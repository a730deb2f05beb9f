"""Ranges: the OSV schema's evaluation algorithm, and npm range expressions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.build.advisories.base import Advisory, Interval
from secloop.stages.build.advisories.constraints import intervals_of_constraint
from secloop.stages.build.advisories.ranges import Event, affects, fixed_versions, intervals_of
from secloop.stages.build.versions.base import ECOSYSTEMS, compare, key

NUMBERS = st.integers(0, 4)
VERSIONS = st.builds(
    lambda a, b, c, pre: f"{a}.{b}.{c}{pre}", NUMBERS, NUMBERS, st.integers(0, 1), st.sampled_from(["", "-rc.1", "-0"])
)
EVENTS = st.lists(
    st.tuples(st.sampled_from(["introduced", "fixed", "last_affected"]), VERSIONS | st.just("0")), max_size=8
)
LIMITS = st.lists(st.tuples(st.just("limit"), VERSIONS), max_size=2)
EVERY_VERSION = [
    f"{a}.{b}.{c}{pre}" for a in range(5) for b in range(5) for c in range(2) for pre in ("", "-rc.1", "-0")
]


def advisory(*intervals: Interval, ecosystem: str = "npm", versions: tuple[str, ...] = ()) -> Advisory:
    return Advisory(id="X-1", ecosystem=ecosystem, package="p", intervals=intervals, versions=versions)


def brute_force(ecosystem: str, version: str, events: list[Event]) -> bool:
    """Evaluate as the pseudo-code of https://ossf.github.io/osv-schema/#evaluation does, step by step."""
    limits = [v for kind, v in events if kind == "limit"]
    if limits and not any(compare(ecosystem, version, limit) < 0 for limit in limits):
        return False
    vulnerable = False
    first = ("introduced", "0")
    steps = [e for e in events if e[0] != "limit"]
    for kind, at in sorted(steps, key=lambda e: (0,) if e == first else (1, key(ecosystem, e[1]))):
        order = 1 if (kind, at) == first else compare(ecosystem, version, at)
        if kind == "introduced" and order >= 0:
            vulnerable = True
        elif (kind == "fixed" and order >= 0) or (kind == "last_affected" and order > 0):
            vulnerable = False
    return vulnerable


@given(st.sampled_from([one for one in ECOSYSTEMS if one != "GHC"]), EVENTS, LIMITS)
def test_intervals_answer_as_the_schema_does_for_every_known_version(
    ecosystem: str, events: list[Event], limits: list[Event]
) -> None:
    found = advisory(*intervals_of(ecosystem, events + limits), ecosystem=ecosystem)
    for version in EVERY_VERSION:
        assert affects(found, version) == brute_force(ecosystem, version, events + limits), version


def test_zero_is_before_every_version() -> None:
    found = advisory(*intervals_of("PyPI", [("introduced", "0"), ("fixed", "1.0")]), ecosystem="PyPI")
    assert affects(found, "0.dev0")
    assert affects(found, "nonsense")
    assert not affects(found, "1.0")


def test_a_limit_of_a_star_limits_nothing() -> None:
    found = advisory(*intervals_of("npm", [("introduced", "1.0.0"), ("limit", "*"), ("limit", "2.0.0")]))
    assert affects(found, "9.0.0")


def test_listed_versions_count_in_any_spelling() -> None:
    found = advisory(ecosystem="PyPI", versions=("1.0",))
    assert affects(found, "1.0.0")
    assert not affects(found, "1.0.1")


def test_an_advisory_without_versions_and_ranges_speaks_of_none() -> None:
    assert not affects(advisory(), "1.0.0")


def test_a_withdrawn_advisory_affects_nothing() -> None:
    found = Advisory(id="X", ecosystem="npm", package="p", intervals=(Interval(),), withdrawn=True)
    assert not affects(found, "1.0.0")


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("<1.2.0", ["0.1.0", "1.2.0-rc.1"], ["1.2.0"]),
        ("<= 1.2.0", ["1.2.0"], ["1.2.1"]),
        (">=1.0.0,<1.2.0", ["1.0.0"], ["0.9.0", "1.2.0"]),
        (">1.0.0 <=1.2.0", ["1.0.1", "1.2.0"], ["1.0.0"]),
        ("<1.0.0 || >= 2.0.0 <2.1.0", ["0.1.0", "2.0.5"], ["1.5.0", "2.1.0"]),
        ("=1.0.0 || 1.2.0", ["1.0.0", "1.2.0"], ["1.1.0"]),
        ("~1.2.3", ["1.2.3", "1.2.9"], ["1.3.0", "1.2.2", "1.3.0-rc.1"]),
        ("~> 1.2.3", ["1.2.9"], ["1.3.0"]),
        ("^1.2.3", ["1.9.0"], ["2.0.0", "1.2.2"]),
        ("^0.2.3", ["0.2.9"], ["0.3.0"]),
        ("^0.0.3", ["0.0.3"], ["0.0.4"]),
        ("1.x", ["1.9.9"], ["2.0.0", "0.9.0"]),
        ("1.2", ["1.2.9"], ["1.3.0"]),
        ("<=1.2", ["1.2.9", "0.1.0"], ["1.3.0", "1.3.0-rc.1"]),
        ("<=1.x", ["1.9.9"], ["2.0.0"]),
        ("<=1.2.0-beta", ["1.2.0-alpha"], ["1.2.0"]),
        (">1.2", ["1.3.0"], ["1.2.9", "1.2.0"]),
        (">1", ["2.0.0"], ["1.9.9"]),
        ("<1.2", ["1.1.9"], ["1.2.0"]),
        ("1.2.3 - 2.3.4", ["1.2.3", "2.3.4"], ["1.2.2", "2.3.5"]),
        ("1.2 - 2", ["1.2.0", "2.9.9"], ["1.1.9", "3.0.0"]),
        ("*", ["0.0.1", "99.0.0"], []),
    ],
)
def test_npm_range_expressions_mean_what_node_semver_says(text: str, inside: list[str], outside: list[str]) -> None:
    found = advisory(*intervals_of_constraint(text))
    assert [v for v in inside if not affects(found, v)] == []
    assert [v for v in outside if affects(found, v)] == []


@pytest.mark.parametrize("ecosystem", ["Packagist", "RubyGems"])
def test_only_npm_reads_a_partial_bound_as_all_that_start_so(ecosystem: str) -> None:
    found = advisory(*intervals_of_constraint(">0.5,<=1.2", ecosystem), ecosystem=ecosystem)
    assert affects(found, "1.2")
    assert affects(found, "0.5.1")
    assert not affects(found, "1.2.1")


@pytest.mark.parametrize("text", ["<~", "1.0 ! 2.0", ">=", "not a range &"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a version range"):
        intervals_of_constraint(text)


@given(st.text())
def test_no_text_makes_a_range_raise_anything_else(text: str) -> None:
    try:
        intervals_of_constraint(text)
    except ValueError as error:
        assert "not a version range" in str(error)  # noqa: PT017 - most texts raise, some do not


def test_fixed_versions_are_later_sorted_and_free_of_the_whole_group() -> None:
    one = advisory(Interval(high="1.0.5", end="fixed"), Interval(low="2.0.0", high="2.0.9", end="fixed"))
    two = advisory(Interval(high="1.0.7", end="fixed"))
    assert fixed_versions([one, two], "1.0.0") == ("1.0.7", "2.0.9")
    assert fixed_versions([one], "2.0.1") == ("2.0.9",)


def test_a_last_affected_version_and_a_limit_repair_nothing() -> None:
    assert fixed_versions([advisory(Interval(high="1.0.0", end="last"))], "0.5.0") == ()
    assert fixed_versions([advisory(Interval(high="1.0.0", end="limit"))], "0.5.0") == ()
