"""Range expressions of package managers, and the complement of safe ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.build.advisories.base import Advisory, Interval
from secloop.stages.build.advisories.constraints import intervals_beside, intervals_of_constraint
from secloop.stages.build.advisories.ranges import affects, contains
from secloop.stages.build.versions.base import key

NUMBERS = st.integers(0, 3)
VERSION = st.builds(lambda a, b, c: f"{a}.{b}.{c}", NUMBERS, NUMBERS, NUMBERS)
SAFE = st.lists(
    st.one_of(
        st.builds(lambda op, v: f"{op} {v}", st.sampled_from([">=", ">", "<", "<=", "~>", "="]), VERSION),
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


@given(SAFE, st.sampled_from(["RubyGems", "Hex"]))
def test_each_version_is_either_safe_or_affected(safe: list[str], ecosystem: str) -> None:
    affected = intervals_beside(safe, ecosystem)
    spans = [interval for text in safe for interval in intervals_of_constraint(text, ecosystem)]
    for version in EVERY:
        own = key(ecosystem, version)
        is_safe = any(contains(ecosystem, span, own) for span in spans)
        assert is_safe is not any(contains(ecosystem, interval, own) for interval in affected), version
