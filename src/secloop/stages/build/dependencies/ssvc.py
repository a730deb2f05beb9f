"""CISA's decision tables: SSVC (Track, Track*, Attend, Act) and the timelines of BOD 26-04.

The tables are those that CERT/CC publishes for CISA (SSVC decision tables `CISA Levels` 1.1.0 and `CISA BOD 26-04
Remediation Timelines` 1.0.0). They are facts; what goes in is derived here and stands beside the outcome.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Exploitation = Literal["none", "public poc", "active"]
Level = Literal["low", "medium", "high"]
Impact = Literal["partial", "total"]

_LEVELS = {
    # exploitation, automatable, technical impact -> by mission and well-being low, medium, high
    ("none", False, "partial"): ("track", "track", "track"),
    ("none", False, "total"): ("track", "track", "track*"),
    ("none", True, "partial"): ("track", "track", "attend"),
    ("none", True, "total"): ("track", "track", "attend"),
    ("public poc", False, "partial"): ("track", "track", "track*"),
    ("public poc", False, "total"): ("track", "track*", "attend"),
    ("public poc", True, "partial"): ("track", "track", "attend"),
    ("public poc", True, "total"): ("track", "track*", "attend"),
    ("active", False, "partial"): ("track", "track", "attend"),
    ("active", False, "total"): ("track", "attend", "act"),
    ("active", True, "partial"): ("attend", "attend", "act"),
    ("active", True, "total"): ("attend", "act", "act"),
}
_MISSION: tuple[Level, ...] = ("low", "medium", "high")
_TIMELINES = {
    # in KEV, automatable, technical impact -> for an asset that is not exposed, for one that is
    (False, False, "partial"): ("fix on system upgrade", "60 days"),
    (False, False, "total"): ("fix on system upgrade", "14 days"),
    (False, True, "partial"): ("60 days", "14 days"),
    (False, True, "total"): ("60 days", "3 days"),
    (True, False, "partial"): ("14 days", "14 days"),
    (True, False, "total"): ("14 days", "3 days & forensic investigation"),
    (True, True, "partial"): ("14 days", "3 days"),
    (True, True, "total"): ("3 days & forensic investigation", "3 days & forensic investigation"),
}


class Points(NamedTuple):
    """The decision points of one vulnerability in one project."""

    exploitation: Exploitation
    automatable: bool
    impact: Impact
    mission: Level
    exposed: bool

    @property
    def level(self) -> str:
        """The SSVC outcome: track, track*, attend or act."""
        return _LEVELS[self.exploitation, self.automatable, self.impact][_MISSION.index(self.mission)]

    @property
    def timeline(self) -> str:
        """The time that BOD 26-04 gives; only KEV counts as exploitation there."""
        return _TIMELINES[self.exploitation == "active", self.automatable, self.impact][self.exposed]

    def explained(self) -> str:
        """Return the points in one line."""
        automatable = "yes" if self.automatable else "no"
        return (
            f"exploitation {self.exploitation}, automatable {automatable}, technical impact {self.impact}, "
            f"mission and well-being {self.mission}, {'exposed' if self.exposed else 'not exposed'}"
        )


def automatable(vector: str) -> bool:
    """Return whether a CVSS vector says that an attack needs nobody and no luck: network, low complexity, no rights."""
    metrics = _metrics(vector)
    alone = metrics.get("UI", "N") == "N" and metrics.get("PR", metrics.get("Au", "N")) == "N"
    return metrics.get("AV") == "N" and metrics.get("AC") == "L" and metrics.get("AT", "N") == "N" and alone


def impact(vector: str) -> Impact:
    """Return whether a CVSS vector gives total control: confidentiality and integrity both lost wholly."""
    metrics = _metrics(vector)
    lost = (metrics.get("VC") or metrics.get("C"), metrics.get("VI") or metrics.get("I"))
    return "total" if lost in {("H", "H"), ("C", "C")} else "partial"


def has_proof(vector: str) -> bool:
    """Return whether a vector's exploit maturity says that there is a proof of concept or more (CVSS 2, 3: E; 4: E)."""
    return _metrics(vector).get("E", "") in {"P", "POC", "F", "H", "A"}


def _metrics(vector: str) -> dict[str, str]:
    return dict(part.partition(":")[::2] for part in vector.split("/"))
