"""Example reports for the tests of every codec: fixed times, every kind of place, hostile text on request."""

from __future__ import annotations

from typing import Any

import msgspec

from secloop.model.coverage import Coverage, FileCounts, Gap
from secloop.model.enums import Audience, Confidence, FileClass, Kind, RuleState, Severity, Stage, StageCoverage, Status
from secloop.model.finding import Edit, Fix, ToolRef
from secloop.model.ids import finding_id, occurrence_id
from secloop.model.places import CodeSpan
from secloop.model.policy import Decision, GateOutcome, Hidden, Verdict
from secloop.model.report import ComponentRow, FindingRow, Report, Tool, UnusedIgnore
from secloop.model.rule import Matcher, Rule
from secloop.model.run import Feed, Run, Scope, SensorRun
from secloop.rules.base import RuleSet

SOURCES = {
    "app/config.py": b'"""Settings."""\n\nDEBUG = False\nTOKEN = read("token")\n',
    "app/db.py": b"def find(name):\n    return cursor.execute(\n        f'select {name}'\n    )\n",
    "uv.lock": b'[[package]]\nname = "flask"\nversion = "2.0.1"\n',
    "README.md": b"# Shop\n",
}
"""The files the sample rows stand in."""


def row(n: int = 1, **changes: Any) -> FindingRow:
    """Return a weakness row; `n` makes it another finding, `changes` replace fields."""
    own = finding_id(changes.get("kind", Kind.WEAKNESS), ("sample", str(n)))
    base = FindingRow(
        id=own,
        occurrence=occurrence_id(own, changes.get("file") or "app/db.py"),
        kind=Kind.WEAKNESS,
        stage=Stage.TEST,
        rule="sql-injection.flask",
        title="SQL built from input",
        message="A request parameter reaches a query as text.",
        severity=Severity.HIGH,
        severity_raw="",
        confidence=Confidence.HIGH,
        audience=Audience.REGULAR,
        status=Status.NEW,
        cwe=(89,),
        threats=("T", "E"),
        file="app/db.py",
        line=2,
        end_line=4,
        column=12,
        end_column=6,
        tools=(ToolRef(tool="secloop", rule="sql-injection.flask"),),
    )
    return msgspec.structs.replace(base, **changes)


def secret(n: int = 2, **changes: Any) -> FindingRow:
    """Return a secret row."""
    defaults: dict[str, Any] = {
        "kind": Kind.SECRET,
        "stage": Stage.CODE,
        "rule": "github-token.classic",
        "title": "GitHub token",
        "message": "A classic personal access token of GitHub.",
        "severity": Severity.CRITICAL,
        "cwe": (798,),
        "controls": {"nist-800-53": ("IA-5",)},
        "threats": ("S", "I"),
        "file": "app/config.py",
        "line": 4,
        "end_line": 4,
        "column": 9,
        "end_column": 22,
        "excerpt": "TOKEN = ghp_****",
        "tools": (ToolRef(tool="secloop", rule="github-token.classic"),),
    }
    return row(n, **{**defaults, **changes})


def vulnerability(n: int = 3, **changes: Any) -> FindingRow:
    """Return a vulnerability row of a locked package."""
    defaults: dict[str, Any] = {
        "kind": Kind.VULNERABILITY,
        "stage": Stage.BUILD,
        "rule": "vulnerable-dependency",
        "title": "Session cookie sent to other clients by a caching proxy",
        "message": "flask 2.0.1 is affected by CVE-2023-30861.",
        "severity": Severity.HIGH,
        "severity_raw": "7.5",
        "cwe": (539,),
        "ids": ("CVE-2023-30861", "GHSA-m2qf-hxjv-5gpq"),
        "threats": (),
        "status": Status.OPEN,
        "file": "uv.lock",
        "line": 2,
        "end_line": 3,
        "column": None,
        "end_column": None,
        "component": "flask",
        "version": "2.0.1",
        "purl": "pkg:pypi/flask@2.0.1",
        "fixed": ("2.2.5", "2.3.2"),
        "direct": True,
        "scope": "runtime",
        "tools": (ToolRef(tool="secloop", rule="vulnerable-dependency"),),
    }
    return row(n, **{**defaults, **changes})


def bucket(n: int = 4, **changes: Any) -> FindingRow:
    """Return a misconfiguration of a live resource: a row without a file."""
    defaults: dict[str, Any] = {
        "kind": Kind.MISCONFIGURATION,
        "stage": Stage.OPERATE,
        "rule": "s3-public-access",
        "title": "Bucket can be made public",
        "message": "No public access block is set.",
        "severity": Severity.MEDIUM,
        "cwe": (732,),
        "threats": ("I",),
        "file": None,
        "line": None,
        "end_line": None,
        "column": None,
        "end_column": None,
        "resource": "aws_s3_bucket.uploads",
        "tools": (ToolRef(tool="secloop", rule="s3-public-access"),),
    }
    return row(n, **{**defaults, **changes})


def hidden_rows() -> tuple[FindingRow, FindingRow]:
    """Return a row that an exception hides, and one that a comment does."""
    accepted = Hidden(
        by="exception", reason="Test double, rotated", source=".secloop/exceptions.yaml", until="2027-01-31"
    )
    comment = Hidden(by="comment", reason="not reachable", source="app/db.py:1")
    return (
        secret(
            5,
            title="Password in an assignment",
            rule="generic-password",
            file="tests/data.py",
            severity=Severity.MEDIUM,
            confidence=Confidence.LOW,
            status=Status.ACCEPTED,
            suppressed=accepted,
        ),
        row(
            6,
            title="Weak hash",
            rule="weak-hash",
            severity=Severity.LOW,
            cwe=(328,),
            line=1,
            end_line=1,
            column=1,
            end_column=4,
            suppressed=comment,
            status=Status.OPEN,
        ),
    )


def everything() -> tuple[FindingRow, ...]:
    """Return one row of every sort a codec must tell apart."""
    fix = Fix(
        edits=(Edit(file="app/db.py", sha256="0" * 64, start=20, end=26, text="cursor"),),
        safe=False,
        summary="Bind the value",
    )
    flow = (
        CodeSpan(file="app/views.py", line=3, end_line=3, column=8, end_column=30),
        CodeSpan(file="app/db.py", line=2, end_line=2, column=12, end_column=20),
    )
    return (
        secret(),
        row(flow=flow, fix=fix),
        vulnerability(),
        bucket(),
        *hidden_rows(),
        row(
            7,
            title="Debug left on",
            rule="debug-on",
            severity=Severity.INFO,
            cwe=(),
            status=Status.OPEN,
            line=1,
            end_line=1,
            column=1,
            end_column=4,
        ),
    )


FEEDS = (Feed(name="osv", date="2026-10-02", note="starter set: 120 well-known advisories, not all there are"),)
RUN = Run(
    id="0" * 31 + "1",
    command="scan",
    project="github.com/acme/shop",
    ref="main",
    commit="1f0a5b3c9d" * 4,
    started="2026-11-24T09:00:00Z",
    finished="2026-11-24T09:00:02Z",
    scope=Scope(sensors=("secrets", "dependencies"), closes=True),
    sensors=(
        SensorRun(name="secrets", version="1", stage=Stage.CODE, digest="sha256:1"),
        SensorRun(name="dependencies", version="1", stage=Stage.BUILD, digest="sha256:2"),
        SensorRun(name="sast", version="1", stage=Stage.TEST, digest="sha256:3"),
    ),
    feeds=FEEDS,
)
COVERAGE = Coverage(
    stages={
        Stage.PLAN: StageCoverage.NOT_COVERED,
        Stage.CODE: StageCoverage.COMPLETE,
        Stage.BUILD: StageCoverage.COMPLETE,
        Stage.TEST: StageCoverage.INCOMPLETE,
        Stage.OPERATE: StageCoverage.COMPLETE,
    },
    files=FileCounts(seen=190, scanned=181, excluded=7, partial=1, failed=1),
    excluded={"ignored": 4, "binary": 3},
    gaps=(
        Gap(file="app/broken.py", sensor="sast", outcome=FileClass.FAILED, reason="not Python: line 3"),
        Gap(file="app/old.py", sensor="sast", outcome=FileClass.PARTIAL, reason="2 of 50 functions", share=0.96),
    ),
)
COMPONENTS = (
    ComponentRow(
        name="flask",
        version="2.0.1",
        purl="pkg:pypi/flask@2.0.1",
        file="uv.lock",
        line=2,
        direct=True,
        scope="runtime",
        via=(),
    ),
    ComponentRow(
        name="werkzeug",
        version="2.0.3",
        purl="pkg:pypi/werkzeug@2.0.3",
        file="uv.lock",
        line=9,
        direct=False,
        scope="runtime",
        via=("flask",),
    ),
)


def report(*rows: FindingRow, **changes: Any) -> Report:
    """Return a report of `rows` (a report of everything without any); `changes` replace fields."""
    found = rows or everything()
    first = found[0]
    base = Report(
        tool=Tool(name="secloop", version="0.1.0", rules="sha256:" + "ab" * 32, feeds=FEEDS),
        run=RUN,
        verdict=Verdict(
            exit=1,
            gate=GateOutcome.FAILED,
            complete=False,
            profile="default",
            decisions=(
                Decision(
                    rule="open-secrets",
                    reason="An open secret of confidence medium or higher",
                    to_pass="Revoke it and take it out, or accept it with an expiry",
                    findings=(first.id,),
                    occurrences=(first.occurrence,),
                ),
            ),
            exits=("policy-failed", "incomplete"),
        ),
        coverage=COVERAGE,
        findings=found,
        components=COMPONENTS,
        closed=(row(9, title="Path built from input", rule="path-traversal", cwe=(22,), status=Status.FIXED),),
        unused_ignores=(UnusedIgnore(file="app/views.py", line=8, text="secloop:ignore weak-hash"),),
    )
    return msgspec.structs.replace(base, **changes)


def clean() -> Report:
    """Return the report of a run that found nothing and looked at everything."""
    passed = Verdict(exit=0, gate=GateOutcome.PASSED, complete=True, profile="default")
    covered = Coverage(
        stages={Stage.CODE: StageCoverage.COMPLETE, Stage.BUILD: StageCoverage.COMPLETE},
        files=FileCounts(seen=12, scanned=12),
    )
    return report(row(), verdict=passed, coverage=covered, findings=(), closed=(), unused_ignores=(), components=())


def rule_set() -> RuleSet:
    """Return pages for two of the sample rules."""
    token = Rule(
        id="github-token",
        title="GitHub token",
        stage=Stage.CODE,
        kind=Kind.SECRET,
        engine="secret",
        since="0.1.0",
        state=RuleState.STABLE,
        severity=Severity.CRITICAL,
        confidence=Confidence.HIGH,
        cwe=(798,),
        matchers=(Matcher(id="classic", match={}), Matcher(id="fine-grained", match={})),
        references=("https://docs.github.com/en/authentication",),
        find="Personal access tokens of GitHub, by their `ghp_` prefix and checksum.",
        why="Whoever reads the file can act **as its owner**.",
        how='1. Revoke the token.\n2. Read it from the environment.\n\n```python\nos.environ["TOKEN"]\n```',
    )
    injection = Rule(
        id="sql-injection",
        title="SQL built from input",
        stage=Stage.TEST,
        kind=Kind.WEAKNESS,
        engine="semgrep",
        since="0.1.0",
        state=RuleState.STABLE,
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        cwe=(89,),
        matchers=(Matcher(id="flask", match={}), Matcher(id="django", match={})),
        find="Input of a request that becomes part of a query's text.",
        why="An attacker can read and change every table.",
        how="Pass values as parameters of the query.",
    )
    return RuleSet((token, injection))


HOSTILE = (
    "a\x1b[31m\r\n|`<script>alert(1)</script>`@octocat #1 [x](javascript:y) \u202ecod\u2066\udcff\ufffe\x00]]>&日本"
)
"""Text that tries to leave its place: escapes, line ends, markup of every format, broken and reversing characters."""


def hostile() -> Report:
    """Return a report in which everything that can come from outside is hostile."""
    words = {"title": HOSTILE, "message": HOSTILE, "excerpt": HOSTILE, "owner": HOSTILE}
    flow = (CodeSpan(file=HOSTILE),)
    gap = Gap(file=HOSTILE, sensor=HOSTILE, outcome=FileClass.FAILED, reason=HOSTILE)
    base = report(
        secret(1, file=HOSTILE, rule=HOSTILE, **words),
        row(2, file="=cmd|' /C calc'!A0", flow=flow, **words),
        vulnerability(3, component=HOSTILE, version=HOSTILE, ids=(HOSTILE,), fixed=(HOSTILE,), via=(HOSTILE,), **words),
        bucket(4, resource=HOSTILE, **words),
        row(5, suppressed=Hidden(by="comment", reason=HOSTILE, source=HOSTILE), **words),
    )
    verdict = msgspec.structs.replace(
        base.verdict, decisions=(Decision(rule=HOSTILE, reason=HOSTILE, to_pass=HOSTILE, findings=("x",)),)
    )
    return msgspec.structs.replace(
        base,
        verdict=verdict,
        run=msgspec.structs.replace(base.run, project=HOSTILE, ref=HOSTILE),
        coverage=msgspec.structs.replace(base.coverage, gaps=(gap,), missing=(HOSTILE,)),
        notes=(HOSTILE,),
        unused_ignores=(UnusedIgnore(file=HOSTILE, line=1, text=HOSTILE),),
    )


def many(number: int) -> Report:
    """Return a report of `number` findings, ten to a line."""
    severities = list(Severity)
    rows = tuple(row(n, severity=severities[n % 6], line=n // 10 + 1, end_line=n // 10 + 1) for n in range(number))
    return report(*rows)
