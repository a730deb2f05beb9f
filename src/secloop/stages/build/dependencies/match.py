"""From components and advisories to findings: a pure function over an index.

One finding per alias group, package and place. Severity is the advisories', not the rule page's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.model.enums import Confidence, Kind, Severity, Stage
from secloop.model.finding import Finding
from secloop.model.ids import vulnerability_identity
from secloop.model.places import PackagePin
from secloop.stages.build.advisories import commits
from secloop.stages.build.dependencies.hits import hits_of
from secloop.stages.build.packages.golang.go_mod import STDLIB
from secloop.stages.build.purl import ecosystem_of
from secloop.stages.build.versions.base import key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from secloop.model.facts import Component
    from secloop.model.rule import Matcher, Rule
    from secloop.stages.build.advisories.base import AdvisoryIndex
    from secloop.stages.build.dependencies.hits import Hit

_FIRST_STRICT_GO = "1.21"
_SHOWN_FIXES = 3


def findings(
    components: Iterable[Component],
    index: AdvisoryIndex,
    rules: dict[str, tuple[Rule, Matcher]],
) -> Iterator[Finding]:
    """Yield the findings of all components of the ecosystems that `rules` cover, in the order of the components."""
    seen: dict[tuple[str, str], tuple[Hit, ...]] = {}
    for component in components:
        ecosystem = ecosystem_of(component.purl)
        ruled = rules.get(ecosystem) or rules.get(commits.ECOSYSTEM if ecosystem in {"git", "generic"} else "")
        if ruled is None or not component.version or not _tells(component):
            continue
        own = (component.purl, component.origin)
        if own not in seen:
            seen[own] = tuple(hits_of(index, component))
        rule, matcher = ruled
        for hit in seen[own]:
            yield _finding(component, hit, rule, matcher)


def _tells(component: Component) -> bool:
    """Return whether a version says what will be used. Before Go 1.21 the `go` line only names a language version."""
    return not _is_asked_for(component) or key("Go", component.version) >= key("Go", _FIRST_STRICT_GO)


def _is_asked_for(component: Component) -> bool:
    """Return whether a component is the Go that a module asks for, not the one that a program was built with."""
    return component.name == STDLIB and component.file.endswith("go.mod")


def _finding(component: Component, hit: Hit, rule: Rule, matcher: Matcher) -> Finding:
    ids = hit.group.ids
    title = next((a.title for a in hit.group.advisories if a.title), ids[0])
    return Finding(
        kind=Kind.VULNERABILITY,
        stage=Stage.BUILD,
        rule=rule.rule_id(matcher),
        title=f"{component.name} {component.version}: {title}",
        message=_message(component, hit),
        severity=_severity(hit, rule, matcher),
        severity_raw="" if hit.rating.score is None else f"{hit.rating.score:.1f}",
        confidence=Confidence.LOW if _is_asked_for(component) else matcher.confidence or rule.confidence,
        audience=rule.audience,
        place=PackagePin(
            file=component.file,
            name=component.name,
            version=component.version,
            purl=component.purl,
            line=component.line,
            end_line=component.line,
            direct=component.direct,
            scope=component.scope,
            via=component.via,
        ),
        identity=vulnerability_identity(ids, component.purl),
        cwe=tuple(sorted({c for a in hit.group.advisories for c in a.cwe})) or matcher.cwe or rule.cwe,
        ids=ids,
        controls=rule.controls,
        threats=rule.threats,
        fixed=hit.fixed,
        evidence=_evidence(hit),
    )


def _severity(hit: Hit, rule: Rule, matcher: Matcher) -> Severity:
    """Return the user's override, else the advisories' severity; a problem known to be exploited is never `unknown`."""
    page = next((m.severity for m in rule.matchers if m.id == matcher.id), None) or rule.severity
    if matcher.severity is not None and matcher.severity is not page:
        return matcher.severity
    if hit.rating.severity is Severity.UNKNOWN and hit.group.exploitation.kev:
        return Severity.CRITICAL
    return hit.rating.severity


def _message(component: Component, hit: Hit) -> str:
    what = f"{component.name} {component.version} is affected by {hit.group.ids[0]}"
    if _is_asked_for(component):
        what = f"The Go version this module asks for, {component.version}, is affected by {hit.group.ids[0]}"
    shown = " or ".join(hit.fixed[:_SHOWN_FIXES])
    todo = f"Update to {shown}" if shown else "No fixed version is known"
    through = f" It comes in through {' > '.join(component.via)}." if component.via else ""
    exploited = (
        f" It is known to be exploited (CISA KEV, {hit.group.exploitation.kev})." if hit.group.exploitation.kev else ""
    )
    return f"{what}.{through}{exploited} {todo}."


def _evidence(hit: Hit) -> dict[str, str]:
    facts = hit.group.exploitation
    out: dict[str, str] = {}
    if hit.rating.score is not None:
        out |= {"cvss": f"{hit.rating.score:.1f}", "cvss_vector": hit.rating.vector}
    if facts.epss >= 0:
        out |= {"epss": f"{facts.epss:g}", "epss_percentile": f"{facts.percentile:g}"}
    if facts.kev:
        out |= {"kev": "true", "kev_date": facts.kev}
    if notices := sorted({one.notice for one in hit.group.advisories if one.notice}):
        out["advisory"] = " ".join(notices[:_SHOWN_FIXES])
    return dict(sorted(out.items()))
