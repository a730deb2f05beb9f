"""Priority and CISA's decisions: the tables, what goes in, and that more of anything never lowers a priority."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.config import ProjectConfig
from secloop.model.enums import Confidence, Kind, Severity, Stage
from secloop.model.finding import Finding
from secloop.model.places import PackagePin
from secloop.stages.build.dependencies import ssvc
from secloop.stages.build.dependencies.priority import factors, points_of, prioritised

WORST = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
YES, NO = True, False
EXPOSED = ProjectConfig(criticality="critical", exposure="internet")


def finding(scope: str = "runtime", severity: Severity = Severity.HIGH, **evidence: str) -> Finding:
    return Finding(
        kind=Kind.VULNERABILITY,
        stage=Stage.BUILD,
        rule="vulnerable-dependency.pypi",
        title="t",
        message="m",
        severity=severity,
        confidence=Confidence.HIGH,
        place=PackagePin(file="f", name="p", version="1", purl="pkg:pypi/p@1", scope=scope),
        identity=("CVE-1", "pkg:pypi/p"),
        evidence=evidence,
    )


def test_the_worst_of_all_is_100_and_says_why() -> None:
    worst = finding(cvss="10.0", cvss_vector=WORST, kev="true", reachable="symbol-reached")
    told = prioritised(worst, EXPOSED).evidence
    assert told["priority"] == "100.0"
    assert told["priority_terms"].startswith(
        "severity 1.00 (CVSS 10.0) x exploitation 1.00 (CISA KEV) x reachability 1.00"
    )
    assert told["ssvc"] == "act"
    assert told["bod_26_04"] == "3 days & forensic investigation"


def test_the_product_of_the_factors_is_the_priority() -> None:
    one = finding("dev", cvss="7.5", epss="0.02")
    product = 100.0
    for factor in factors(one, ProjectConfig()):
        product *= factor.value
    assert prioritised(one, ProjectConfig()).evidence["priority"] == f"{product:.1f}"


ORDERED = [
    ("cvss", ["1.0", "5.0", "9.8"]),
    ("epss", ["0.0001", "0.005", "0.05", "0.3", "0.9"]),
    ("reachable", ["not-in-use", "", "in-use", "symbol-reached"]),
]


@pytest.mark.parametrize(("name", "values"), ORDERED, ids=[name for name, _ in ORDERED])
def test_more_of_anything_comes_first(name: str, values: list[str]) -> None:
    ranked = [
        float(prioritised(finding("runtime", Severity.HIGH, **{name: value}), EXPOSED).evidence["priority"])
        for value in values
    ]
    assert ranked == sorted(ranked)
    assert len(set(ranked)) == len(ranked)


@given(
    st.text(max_size=30), st.text(max_size=10), st.text(max_size=10), st.sampled_from(Severity), st.text(max_size=10)
)
def test_any_evidence_gives_a_priority_within_bounds(
    vector: str, score: str, epss: str, severity: Severity, scope: str
) -> None:
    told = prioritised(finding(scope, severity, cvss_vector=vector, cvss=score, epss=epss), ProjectConfig()).evidence
    assert 0 <= float(told["priority"]) <= 100
    assert told["ssvc"] in {"track", "track*", "attend", "act"}


@pytest.mark.parametrize(
    ("points", "level"),
    [
        (ssvc.Points("none", NO, "partial", "high", NO), "track"),
        (ssvc.Points("none", NO, "total", "high", NO), "track*"),
        (ssvc.Points("none", YES, "total", "high", NO), "attend"),
        (ssvc.Points("public poc", YES, "total", "medium", NO), "track*"),
        (ssvc.Points("public poc", NO, "total", "high", NO), "attend"),
        (ssvc.Points("active", NO, "partial", "medium", NO), "track"),
        (ssvc.Points("active", YES, "partial", "low", NO), "attend"),
        (ssvc.Points("active", NO, "total", "high", NO), "act"),
    ],
)
def test_rows_of_cisas_table(points: ssvc.Points, level: str) -> None:
    assert points.level == level


@pytest.mark.parametrize(
    ("points", "timeline"),
    [
        (ssvc.Points("public poc", NO, "total", "high", NO), "fix on system upgrade"),
        (ssvc.Points("none", NO, "total", "low", YES), "14 days"),
        (ssvc.Points("none", YES, "total", "low", YES), "3 days"),
        (ssvc.Points("active", NO, "total", "low", NO), "14 days"),
        (ssvc.Points("active", YES, "total", "low", NO), "3 days & forensic investigation"),
    ],
)
def test_rows_of_the_directive(points: ssvc.Points, timeline: str) -> None:
    assert points.timeline == timeline


@pytest.mark.parametrize(
    ("vector", "automatable", "impact", "proof"),
    [
        (WORST, True, "total", False),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H/E:P", False, "total", True),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:A", True, "total", True),
        ("CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:H/SC:N/SI:N/SA:N", False, "partial", False),
        ("AV:N/AC:L/Au:N/C:C/I:C/A:C", True, "total", False),
        ("AV:L/AC:L/Au:N/C:P/I:P/A:P/E:POC", False, "partial", True),
        ("", False, "partial", False),
    ],
)
def test_what_a_vector_says(vector: str, automatable: bool, impact: str, proof: bool) -> None:
    assert (ssvc.automatable(vector), ssvc.impact(vector), ssvc.has_proof(vector)) == (automatable, impact, proof)


def test_kev_is_active_and_a_high_epss_stands_for_a_proof() -> None:
    assert points_of(finding(kev="true"), EXPOSED).exploitation == "active"
    assert points_of(finding(epss="0.4"), EXPOSED).exploitation == "public poc"
    assert points_of(finding(epss="0.01"), EXPOSED).exploitation == "none"
    assert points_of(finding(severity=Severity.CRITICAL), EXPOSED).impact == "total"
