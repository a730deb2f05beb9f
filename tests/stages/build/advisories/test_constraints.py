"""Range expressions of package managers, and the complement of safe ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.build.advisories.base import Advisory, Interval
from secloop.stages.build.advisories.constraints import intervals_beside, intervals_of_constraint, without
from secloop.stages.build.advisories.ranges import affects, contains
from secloop.stages.build.versions.base import key

NUMBERS = st.integers(0, 3)
VERSION = st.builds(lambda a, b, c: f"{a}.{b}.{c}", NUMBERS, NUMBERS, NUMBERS)
COMPARATOR = st.builds(lambda op, v: f"{op} {v}", st.sampled_from([">=", ">", "<", "<=", "~>", "="]), VERSION)
SAFE = st.lists(
    st.one_of(
        COMPARATOR,
        st.builds(lambda a, b: f">= {a}, < {b}", VERSION, VERSION),
    ),
    max_size=4,
)
EVERY = [f"{a}.{b}.{c}" for a in range(5) for b in range(5) for c in range(4)]


@pytest.mark.parametrize(
    ("safe", "inside", "outside"),
    [
        (["~> 1.0.5", ">= 1.1.2"], ["1.0.4", "1.1.0", "1.1.1", "0.9"], ["1.0.5", "1.0.9", "1.1.2", "2.0"]),
        ([">= 2.1.1", "< 2.1.0"], ["2.1.0"], ["2.0.9", "2.1.1"]),
        (["> 2.2.0"], ["2.2.0", "1.0"], ["2.2.1"]),
        (["~> 1.2"], ["1.1", "2.0"], ["1.2", "1.9.9"]),
        (["<= 1.5", ">= 2"], ["1.6", "2.0.rc1"], ["1.5", "2.0"]),
        ([], ["0", "9"], []),
    ],
)
def test_what_no_safe_range_covers_is_affected(safe: list[str], inside: list[str], outside: list[str]) -> None:
    found = Advisory(id="X", ecosystem="RubyGems", package="p", intervals=intervals_beside(safe, "RubyGems"))
    assert [v for v in inside if not affects(found, v)] == []
    assert [v for v in outside if affects(found, v)] == []


def test_the_start_of_a_safe_range_is_a_fixed_version() -> None:
    assert intervals_beside(["~> 1.0.5", ">= 1.1.2"], "RubyGems") == (
        Interval(high="1.0.5", end="fixed"),
        Interval(low="1.1.A", high="1.1.2", end="fixed"),
    )


@given(SAFE, SAFE, st.sampled_from(["RubyGems", "Hex", "npm"]))
def test_what_is_safe_is_taken_out_of_what_is_affected(texts: list[str], safe: list[str], ecosystem: str) -> None:
    affected = [interval for text in texts for interval in intervals_of_constraint(text, ecosystem)]
    spans = [interval for text in safe for interval in intervals_of_constraint(text, ecosystem)]
    left = without(affected, safe, ecosystem)
    for version in EVERY:
        own = key(ecosystem, version)
        one, other, both = (any(contains(ecosystem, i, own) for i in some) for some in (affected, spans, left))
        assert both is (one and not other), version


@given(st.lists(COMPARATOR, min_size=1, max_size=4))
def test_comparators_side_by_side_must_all_hold(parts: list[str]) -> None:
    together = intervals_of_constraint(" ".join(parts), "RubyGems")
    each = [intervals_of_constraint(part, "RubyGems") for part in parts]
    for version in EVERY:
        own = key("RubyGems", version)
        alone = all(any(contains("RubyGems", i, own) for i in some) for some in each)
        assert any(contains("RubyGems", i, own) for i in together) is alone, version


def test_a_version_left_out_between_two_safe_ranges_is_affected() -> None:
    assert intervals_beside(["< 1.1", "> 1.1"], "RubyGems") == (Interval(low="1.1", high="1.1", end="last"),)


@given(SAFE, st.sampled_from(["RubyGems", "Hex"]))
def test_each_version_is_either_safe_or_affected(safe: list[str], ecosystem: str) -> None:
    affected = intervals_beside(safe, ecosystem)
    spans = [interval for text in safe for interval in intervals_of_constraint(text, ecosystem)]
    for version in EVERY:
        own = key(ecosystem, version)
        is_safe = any(contains(ecosystem, span, own) for span in spans)
        assert is_safe is not any(contains(ecosystem, interval, own) for interval in affected), version
