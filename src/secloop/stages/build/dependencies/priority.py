"""Priority: an explainable product in 0..100 of what is known of a vulnerability, a package and a project.

Severity x exploitation x reachability x scope x exposure x criticality. Every factor stands in the evidence, so that
`secloop explain` shows why one finding comes before another. Nothing here changes a finding's severity or id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from secloop.model.enums import Severity
from secloop.model.places import PackagePin
from secloop.stages.build.dependencies import ssvc

if TYPE_CHECKING:
    from secloop.model.config import ProjectConfig
    from secloop.model.finding import Finding

_BY_WORD = {
    Severity.CRITICAL: 0.95,
    Severity.HIGH: 0.8,
    Severity.MEDIUM: 0.55,
    Severity.LOW: 0.25,
    Severity.INFO: 0.05,
    Severity.UNKNOWN: 0.5,
}
_BY_EPSS = ((0.5, 0.95), (0.1, 0.85), (0.01, 0.7), (0.001, 0.55), (0.0, 0.45))
"""Of an EPSS score at least the first number, the factor."""
_NO_EPSS = 0.6
_REACHABLE = {"symbol-reached": 1.0, "in-use": 0.9, "": 0.8, "not-in-use": 0.3}
_SCOPE = {"runtime": 1.0, "optional": 0.85, "build": 0.75, "test": 0.5, "dev": 0.45}
_EXPOSURE = {"internet": 1.0, "authenticated": 0.9, "internal": 0.8}
_CRITICALITY = {"critical": 1.0, "high": 0.95, "medium": 0.85, "low": 0.6}
_PROOF_EPSS = 0.1
"""From this EPSS score on, SSVC's `public poc` is taken for granted: the model rests on published exploits."""


class Factor(NamedTuple):
    """One factor: its name, its value (0..1) and what it was made of."""

    name: str
    value: float
    why: str


def prioritised(finding: Finding, project: ProjectConfig) -> Finding:
    """Return a vulnerability with its priority, its factors and CISA's decisions in the evidence.

    Reads `cvss`, `cvss_vector`, `epss`, `kev` and `reachable` of the evidence, and the package's scope.
    """
    parts = factors(finding, project)
    points = points_of(finding, project)
    product = 100.0
    for part in parts:
        product *= part.value
    told = {
        "priority": f"{product:.1f}",
        "priority_terms": " x ".join(f"{part.name} {part.value:.2f} ({part.why})" for part in parts),
        "ssvc": points.level,
        "ssvc_points": points.explained(),
        "bod_26_04": points.timeline,
    }
    return msgspec.structs.replace(finding, evidence=dict(sorted({**finding.evidence, **told}.items())))


def factors(finding: Finding, project: ProjectConfig) -> tuple[Factor, ...]:
    """Return the factors of a finding, in the order in which they are shown."""
    evidence = finding.evidence
    scope = finding.place.scope if isinstance(finding.place, PackagePin) else "runtime"
    reachable = evidence.get("reachable", "")
    return (
        _severity(finding),
        _exploitation(evidence),
        Factor("reachability", _REACHABLE.get(reachable, _REACHABLE[""]), _why_reachable(evidence)),
        Factor("scope", _SCOPE.get(scope, 1.0), scope),
        Factor("exposure", _EXPOSURE[project.exposure], project.exposure),
        Factor("criticality", _CRITICALITY[project.criticality], project.criticality),
    )


def points_of(finding: Finding, project: ProjectConfig) -> ssvc.Points:
    """Return CISA's decision points. Without a vector, automatable is no and the impact follows the severity."""
    evidence = finding.evidence
    vector = evidence.get("cvss_vector", "")
    exploitation: ssvc.Exploitation = "none"
    if evidence.get("kev") == "true":
        exploitation = "active"
    elif ssvc.has_proof(vector) or _number(evidence.get("epss", "")) >= _PROOF_EPSS:
        exploitation = "public poc"
    impact = ssvc.impact(vector) if vector else "total" if finding.severity is Severity.CRITICAL else "partial"
    return ssvc.Points(
        exploitation=exploitation,
        automatable=ssvc.automatable(vector),
        impact=impact,
        mission="high" if project.criticality == "critical" else project.criticality,
        exposed=project.exposure == "internet",
    )


def _severity(finding: Finding) -> Factor:
    score = finding.evidence.get("cvss", "")
    if score:
        return Factor("severity", min(_number(score), 10.0) / 10, f"CVSS {score}")
    return Factor("severity", _BY_WORD[finding.severity], finding.severity.value)


def _why_reachable(evidence: dict[str, str]) -> str:
    level, path = evidence.get("reachable", ""), evidence.get("reachable_path", "")
    return f"{level}: {path}" if level and path else level or "unknown"


def _exploitation(evidence: dict[str, str]) -> Factor:
    if evidence.get("kev") == "true":
        return Factor("exploitation", 1.0, "CISA KEV")
    text = evidence.get("epss", "")
    if not text:
        return Factor("exploitation", _NO_EPSS, "no EPSS")
    score = _number(text)
    return Factor("exploitation", next(value for least, value in _BY_EPSS if score >= least), f"EPSS {text}")


def _number(text: str) -> float:
    try:
        return max(0.0, float(text))
    except ValueError:
        return 0.0
