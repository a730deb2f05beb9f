"""Severity of a group of advisories: CVSS vectors first, then the sources' own words. Nothing is guessed."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from secloop.model.enums import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from secloop.stages.build.advisories.base import Advisory

# CVSS v3.1 section 5 and v4.0 section 6: qualitative severity rating scale.
_SCALE = ((9.0, Severity.CRITICAL), (7.0, Severity.HIGH), (4.0, Severity.MEDIUM), (0.1, Severity.LOW))
_WORDS = {
    "critical": Severity.CRITICAL,
    "high": Severity.HIGH,
    "important": Severity.HIGH,
    "moderate": Severity.MEDIUM,
    "medium": Severity.MEDIUM,
    "low": Severity.LOW,
    "negligible": Severity.LOW,
    "unimportant": Severity.LOW,
    "informational": Severity.INFO,
}
_LONGEST_VECTOR = 300


class Rating(NamedTuple):
    """A severity, and the CVSS score (0..10) and vector it rests on where there is one."""

    severity: Severity
    score: float | None = None
    vector: str = ""


def rate(advisories: Iterable[Advisory]) -> Rating:
    """Return the rating of a group: its highest score, else its strongest word, else unknown."""
    group = list(advisories)
    scored = [(score, vector) for a in group for vector in a.vectors if (score := base_score(vector)) is not None]
    if scored:
        score, vector = max(scored)
        return Rating(of_score(score), score, vector)
    words = [_WORDS[a.severity] for a in group if a.severity in _WORDS]
    return Rating(max(words, key=lambda word: word.rank) if words else Severity.UNKNOWN)


def of_score(score: float) -> Severity:
    """Return the severity of a CVSS base score (0..10); 0 is info."""
    return next((severity for least, severity in _SCALE if score >= least), Severity.INFO)


@lru_cache(maxsize=4096)
def base_score(vector: str) -> float | None:
    """Return the base score of a CVSS vector of version 2, 3.x or 4, None where it is none."""
    if len(vector) > _LONGEST_VECTOR:
        return None
    from cvss import CVSS2, CVSS3, CVSS4, CVSSError

    reader = CVSS4 if vector.startswith("CVSS:4") else CVSS3 if vector.startswith("CVSS:3") else CVSS2
    try:
        return float(reader(vector.removeprefix("CVSS:2.0/")).base_score)
    except CVSSError:
        return None
