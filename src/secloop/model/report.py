"""The JSON report, `secloop.report/1`: one row per place of an occurrence (contracts.md, ADR 0004)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from msgspec import field

from secloop.model.base import Value
from secloop.model.coverage import Coverage
from secloop.model.enums import Audience, Confidence, Kind, Severity, Stage, Status
from secloop.model.finding import Finding, Fix, ToolRef
from secloop.model.places import CodeSpan, Endpoint, PackagePin, ResourceAddress, place_file, place_line
from secloop.model.policy import Hidden, Verdict
from secloop.model.run import Feed, Run

if TYPE_CHECKING:
    from secloop.model.facts import Component

SCHEMA: Final = "secloop.report/1"


class Tool(Value):
    """What made the report."""

    name: str
    version: str
    rules: str
    feeds: tuple[Feed, ...] = ()


class FindingRow(Value):
    """One place of one occurrence, flat, as reports, gates and stores see it."""

    id: str
    occurrence: str
    kind: Kind
    stage: Stage
    rule: str
    title: str
    message: str
    severity: Severity
    severity_raw: str
    confidence: Confidence
    audience: Audience
    status: Status
    suppressed: Hidden | None = None
    cwe: tuple[int, ...] = ()
    ids: tuple[str, ...] = ()
    controls: dict[str, tuple[str, ...]] = field(default_factory=dict)
    threats: tuple[str, ...] = ()
    file: str | None = None
    line: int | None = None
    end_line: int | None = None
    column: int | None = None
    end_column: int | None = None
    component: str | None = None
    version: str | None = None
    purl: str | None = None
    fixed: tuple[str, ...] = ()
    resource: str | None = None
    endpoint: str | None = None
    flow: tuple[CodeSpan, ...] = ()
    owner: str | None = None
    tools: tuple[ToolRef, ...] = ()
    fix: Fix | None = None
    excerpt: str = ""
    evidence: dict[str, str] = field(default_factory=dict)
    direct: bool | None = None
    scope: str | None = None
    via: tuple[str, ...] = ()


class ComponentRow(Value):
    """One package of the inventory."""

    name: str
    version: str
    purl: str
    file: str
    line: int
    direct: bool
    scope: str
    via: tuple[str, ...]
    licenses: tuple[str, ...] = ()


class UnusedIgnore(Value):
    """An ignore comment or exception that hid nothing in this run."""

    file: str
    line: int
    text: str


class Report(Value):
    """A whole run as one document. `closed` lists what this run closed; `known` findings are in `findings` too."""

    tool: Tool
    run: Run
    verdict: Verdict
    coverage: Coverage
    findings: tuple[FindingRow, ...] = ()
    components: tuple[ComponentRow, ...] = ()
    closed: tuple[FindingRow, ...] = ()
    unused_ignores: tuple[UnusedIgnore, ...] = ()
    notes: tuple[str, ...] = ()
    schema: Literal["secloop.report/1"] = SCHEMA


def row_of(finding: Finding, status: Status = Status.NEW) -> FindingRow:
    """Return the row of an identified finding."""
    place = finding.place
    span = place if isinstance(place, CodeSpan) else None
    pin = place if isinstance(place, PackagePin) else None
    return FindingRow(
        id=finding.id,
        occurrence=finding.occurrence,
        kind=finding.kind,
        stage=finding.stage,
        rule=finding.rule,
        title=finding.title,
        message=finding.message,
        severity=finding.severity,
        severity_raw=finding.severity_raw,
        confidence=finding.confidence,
        audience=finding.audience,
        status=status,
        cwe=finding.cwe,
        ids=finding.ids,
        controls=finding.controls,
        threats=finding.threats,
        file=place_file(place),
        line=place_line(place),
        end_line=getattr(place, "end_line", None) if place_file(place) else None,
        column=span.column if span else None,
        end_column=span.end_column if span else None,
        component=pin.name if pin else None,
        version=pin.version if pin else None,
        purl=pin.purl if pin else None,
        fixed=finding.fixed,
        resource=place.address if isinstance(place, ResourceAddress) else None,
        endpoint=f"{place.method} {place.route}" if isinstance(place, Endpoint) else None,
        flow=finding.flow,
        tools=finding.tools,
        fix=finding.fix,
        excerpt=finding.excerpt,
        evidence=dict(sorted(finding.evidence.items())),
        direct=pin.direct if pin else None,
        scope=pin.scope if pin else None,
        via=pin.via if pin else (),
    )


def component_row(component: Component) -> ComponentRow:
    """Return the report row of a component fact."""
    return ComponentRow(
        name=component.name,
        version=component.version,
        purl=component.purl,
        file=component.file,
        line=component.line,
        direct=component.direct,
        scope=component.scope,
        via=component.via,
        licenses=component.licenses,
    )
