"""Kyverno's patterns: scalars, anchors, lists."""

from __future__ import annotations

from typing import Any

import pytest

from secloop.stages.deploy.kubernetes.kyverno.patterns import Mismatch, Skip, fits, scalar_fits


@pytest.mark.parametrize(
    ("pattern", "value", "wanted"),
    [
        ("?*", "x", True),
        ("?*", "", False),
        ("!*:latest", "shop:latest", False),
        ("<=512Mi", "1Gi", False),
        (">10", 11, True),
        ("10-20", 15, True),
        ("a | b", "b", True),
        (False, False, True),
        (False, "false", False),
    ],
)
def test_a_scalar_fits_by_wildcard_comparison_range_and_choice(pattern: Any, value: Any, wanted: bool) -> None:
    assert scalar_fits(pattern, value) is wanted


def test_an_equality_anchor_asks_only_where_the_key_is() -> None:
    pattern = {"spec": {"=(hostNetwork)": False}}
    fits(pattern, {"spec": {}})
    with pytest.raises(Mismatch):
        fits(pattern, {"spec": {"hostNetwork": True}})


def test_a_condition_anchor_that_does_not_hold_skips() -> None:
    with pytest.raises(Skip):
        fits({"(kind)": "Pod", "spec": {"a": 1}}, {"kind": "Job", "spec": {}})


def test_a_pattern_of_a_list_holds_for_every_element() -> None:
    pattern = {"containers": [{"image": "ours/*"}]}
    fits(pattern, {"containers": [{"image": "ours/a"}, {"image": "ours/b"}]})
    with pytest.raises(Mismatch):
        fits(pattern, {"containers": [{"image": "ours/a"}, {"image": "theirs/b"}]})
