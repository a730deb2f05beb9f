"""The sensor of licences: judges what components declare, by the project's policy."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from secloop.model.enums import Kind, Stage
from secloop.model.facts import Component
from secloop.model.finding import Finding
from secloop.model.ids import bare_purl
from secloop.model.places import PackagePin
from secloop.scan.base import SensorInfo, Unit
from secloop.stages.build.licenses.policy import LicensePolicy, judge, load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from secloop.model.finding import Observation
    from secloop.model.rule import Matcher, Rule
    from secloop.rules.base import RuleSet
    from secloop.scan.base import FileGroup, FileMeta, GroupUnit, Settings, SourceFile
    from secloop.stages.build.licenses.policy import Judged

VERSION = "1"


class LicensesSensor:
    """Finds packages whose declared licence the policy does not allow. Needs `component/2`."""

    info = SensorInfo(
        name="licenses",
        version=VERSION,
        stage=Stage.BUILD,
        kinds=(Kind.LICENSE,),
        unit=Unit.FILE,
        requires=("component/2",),
    )

    def __init__(self) -> None:
        """Start with the default policy and no rules."""
        self._policy = LicensePolicy()
        self._rules: dict[str, tuple[Rule, Matcher]] = {}

    def configure(self, settings: Settings, rules: RuleSet) -> str:
        """Take the project's policy and the rules. Raises: UsageError for a policy that is none."""
        from secloop.stages.build.licenses.engine import matchers_by_verdict

        self._policy = load(settings.root)
        self._rules = matchers_by_verdict(rules)
        return f"sha256:{hashlib.sha256(repr((VERSION, self._policy)).encode()).hexdigest()}"

    def wants(self, file: FileMeta) -> bool:  # noqa: ARG002 - the protocol's
        """Return False: what it looks at are facts."""
        return False

    def group(self, files: Sequence[FileMeta]) -> Iterable[FileGroup]:  # noqa: ARG002 - the protocol's
        """Return nothing: it has no units."""
        return ()

    def scan(self, unit: SourceFile | GroupUnit) -> Iterable[Observation]:  # noqa: ARG002 - the protocol's
        """Return nothing: it has no units."""
        return ()

    def finish(self, facts: Sequence[Observation], known: Mapping[str, bytes]) -> Iterator[Observation]:  # noqa: ARG002 - the protocol's
        """Yield a finding for each component whose licence is denied, to be reviewed, or not understood."""
        for fact in facts:
            if not isinstance(fact, Component) or fact.scope not in self._policy.scopes:
                continue
            judged = judge(self._policy, fact.licenses, fact.purl)
            if judged and judged.verdict in self._rules:
                yield _finding(fact, judged, *self._rules[judged.verdict])


def _finding(component: Component, judged: Judged, rule: Rule, matcher: Matcher) -> Finding:
    named = f"{component.name} {component.version}".strip()
    through = f" It comes in through {' > '.join(component.via)}." if component.via else ""
    what = {
        "deny": f"{named} is under {judged.expression} ({judged.license_class}), which the policy denies.",
        "review": f"{named} is under {judged.expression} ({judged.license_class}), which needs a review.",
        "unknown": f"{named} declares the licence {judged.expression!r}, which is none that secloop knows.",
    }[judged.verdict]
    return Finding(
        kind=Kind.LICENSE,
        stage=Stage.BUILD,
        rule=rule.rule_id(matcher),
        title=f"{named}: {judged.expression}",
        message=f"{what}{through}",
        severity=matcher.severity or rule.severity,
        confidence=matcher.confidence or rule.confidence,
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
        identity=(judged.expression, bare_purl(component.purl)),
        cwe=rule.cwe,
        controls=rule.controls,
        threats=rule.threats,
        evidence={"license": judged.expression, "license_class": judged.license_class},
    )
