"""Severity from CVSS vectors and words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.enums import Severity
from secloop.stages.build.advisories.base import Advisory
from secloop.stages.build.advisories.severity import base_score, of_score, rate


def advisory(*vectors: str, severity: str = "") -> Advisory:
    return Advisory(id="X", ecosystem="npm", package="p", vectors=vectors, severity=severity)


# Published by NVD and FIRST: CVE-2021-44228, CVE-2014-0160, the base vector of the CVSS v4.0 examples.
@pytest.mark.parametrize(
    ("vector", "score"),
    [
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10.0),
        ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 7.5),
        ("AV:N/AC:L/Au:N/C:P/I:P/A:P", 7.5),
        ("CVSS:2.0/AV:N/AC:L/Au:N/C:P/I:N/A:N", 5.0),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 9.3),
    ],
)
def test_base_scores_are_the_published_ones(vector: str, score: float) -> None:
    assert base_score(vector) == score


@pytest.mark.parametrize(
    "vector", ["", "high", "CVSS:3.1/AV:N", "CVSS:9.9/AV:N/AC:L", "AV:N/AC:L/Au:N/C:P/I:P/A:P" * 50]
)
def test_what_is_no_vector_has_no_score(vector: str) -> None:
    assert base_score(vector) is None


@given(st.text(alphabet="CVSS:3.124.0/AVNLPHUIRSCX", max_size=60))
def test_no_text_raises(text: str) -> None:
    base_score(text)


@pytest.mark.parametrize(
    ("score", "severity"),
    [(10.0, "critical"), (9.0, "critical"), (8.9, "high"), (7.0, "high"), (4.0, "medium"), (0.1, "low"), (0.0, "info")],
)
def test_scores_fall_into_the_classes_of_the_specification(score: float, severity: str) -> None:
    assert of_score(score) is Severity(severity)


def test_a_score_wins_over_a_word_and_the_highest_over_lower_ones() -> None:
    low, high = "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"
    rating = rate([advisory(low, severity="critical"), advisory(high)])
    assert (rating.severity, rating.score, rating.vector) == (Severity.HIGH, 7.5, high)


def test_without_a_score_the_strongest_word_counts() -> None:
    assert rate([advisory(severity="moderate"), advisory(severity="low")]).severity is Severity.MEDIUM


def test_nothing_known_is_unknown() -> None:
    assert rate([advisory(), advisory(severity="whatever")]).severity is Severity.UNKNOWN
