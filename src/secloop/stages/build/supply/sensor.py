"""The supply sensor: what is wrong with packages beside their vulnerabilities, and with lines that install them."""

from __future__ import annotations

import hashlib
import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from secloop.model.enums import Kind, Stage
from secloop.model.facts import Component
from secloop.model.finding import Finding
from secloop.model.ids import bare_purl
from secloop.model.places import PackagePin
from secloop.model.regex import lazy
from secloop.scan.base import Flag, SensorInfo, Settings
from secloop.stages.build.supply.checks import Context, Problem, problems
from secloop.stages.build.supply.engine import NAME, matchers_by_check

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from secloop.model.finding import Observation
    from secloop.model.rule import Matcher, Rule
    from secloop.rules.base import RuleSet
    from secloop.scan.base import FileGroup, FileMeta, GroupUnit, SourceFile
    from secloop.stages.build.advisories.base import AdvisoryIndex

VERSION = "4"
_INSTALLS = lazy(
    r"(?:^|/)(?:dockerfile|containerfile)[^/]*$|\.dockerfile$|(?:^|/)\.github/workflows/[^/]+\.ya?ml$|\.gitlab-ci\.ya?ml$",
    re.IGNORECASE,
)
_SCRIPT = lazy(r"\.(?:sh|bash)$", re.IGNORECASE)
_CONTAINER = lazy(r"(?:docker|container)file", re.IGNORECASE)
_INDEXES = lazy(r"(?:^|/)(?:[^/]*requirements[^/]*\.(?:txt|in)|pip\.conf|pip\.ini)$", re.IGNORECASE)


class SupplySensor:
    """Finds malicious, imitated, unpinned and abandoned packages. Requires: `component/2`."""

    engine = NAME
    info = SensorInfo(
        name="supply",
        version=VERSION,
        stage=Stage.BUILD,
        kinds=(Kind.SUPPLY_CHAIN,),
        requires=("component/2",),
    )

    def __init__(self) -> None:
        """Start without rules."""
        self._settings = Settings()
        self._rules: dict[tuple[str, str], tuple[Rule, Matcher]] = {}

    def configure(self, settings: Settings, rules: RuleSet) -> str:
        """Take settings and rules; return their digest."""
        self._settings = settings
        self._rules = matchers_by_check(rules)
        self.__dict__.pop("_index", None)
        told = sorted(
            (check, ecosystem, rule.rule_id(m), repr(m)) for (check, ecosystem), (rule, m) in self._rules.items()
        )
        return f"sha256:{hashlib.sha256(repr((VERSION, told)).encode()).hexdigest()}"

    def wants(self, file: FileMeta) -> bool:
        """Return whether a file may hold lines that install packages."""
        if Flag.VENDORED in file.flags or Flag.BINARY in file.flags:
            return False
        return any(kind.search(file.path) for kind in (_INSTALLS, _INDEXES, _SCRIPT))

    def group(self, files: Sequence[FileMeta]) -> Iterable[FileGroup]:  # noqa: ARG002 - the protocol's
        """Return no groups: files are looked at one by one."""
        return ()

    def scan(self, unit: SourceFile | GroupUnit) -> Iterator[Observation]:
        """Yield the findings of the lines of a file."""
        from secloop.stages.build.supply.lines import extra_indexes

        file: SourceFile = unit  # type: ignore[assignment] # a file sensor gets files
        for found in extra_indexes(file.text):
            text = "A second package index is asked beside the first, and pip takes whichever has the higher version:"
            text += (
                " whoever registers an internal name on the public one is installed. Use one index that serves both."
            )
            yield from self._line(file.path, found.line, "", Problem("extra-index", "dependency-confusion", text))
        if _INSTALLS.search(file.path) or _SCRIPT.search(file.path):
            yield from self._installs(file)

    def _installs(self, file: SourceFile) -> Iterator[Finding]:
        """Yield what a file installs as it comes; of a script by pip only, the rest is what developers run at home."""
        from secloop.stages.build.supply import installs, lines

        pip = (
            installs.Found(one.line, installs.UNPINNED, "PyPI", one.name) for one in lines.unpinned_installs(file.text)
        )
        container = bool(_CONTAINER.search(file.path))
        others = () if _SCRIPT.search(file.path) else installs.installs(file.text, container=container)
        for found in (*pip, *others):
            problem = installs.problem(found)
            name = found.name if found.check == installs.UNPINNED else ""
            yield from self._line(file.path, found.line, name, problem, found.ecosystem)

    def finish(self, facts: Sequence[Observation], known: Mapping[str, bytes]) -> Iterator[Observation]:  # noqa: ARG002 - the protocol's
        """Yield the findings of all components of the tree."""
        from secloop.stages.build.purl import ecosystem_of

        components = [fact for fact in facts if isinstance(fact, Component)]
        if not components or not self._rules:
            return
        context = Context(self._index, self._settings.today, self._settings.config.build.internal)
        for component in components:
            ecosystem = ecosystem_of(component.purl)
            for problem in problems(ecosystem, component, context):
                if ruled := self._rules.get((problem.check, ecosystem)):
                    yield _finding(_pin(component), problem, *ruled)

    def _line(self, file: str, line: int, name: str, problem: Problem, ecosystem: str = "PyPI") -> Iterator[Finding]:
        from secloop.stages.build.purl import purl

        if ruled := self._rules.get((problem.check, ecosystem)):
            text = purl(ecosystem, name) if name else ""
            pin = PackagePin(file=file, name=name, version="", purl=text, line=line, end_line=line)
            yield _finding(pin, problem, *ruled)

    @cached_property
    def _index(self) -> AdvisoryIndex:
        sources = tuple(Path(path) for path in self._settings.advisories if path)
        if sources:
            from secloop.stages.build.advisories.feeds.folder import open_sources

            return open_sources(sources, root=self._settings.root)
        from secloop.stages.build.advisories.starter import starter_index

        return starter_index()


def malicious(components: Iterable[Component], index: AdvisoryIndex, rules: RuleSet) -> Iterator[Finding]:
    """Yield the components that advisories report as malicious; nothing else is looked at."""
    from secloop.stages.build.purl import ecosystem_of
    from secloop.stages.build.supply.checks import malice

    ruled = matchers_by_check(rules)
    for component in components:
        ecosystem = ecosystem_of(component.purl)
        if rule := ruled.get(("malicious", ecosystem)):
            yield from (_finding(_pin(component), one, *rule) for one in malice(ecosystem, component, index))


def _pin(component: Component) -> PackagePin:
    return PackagePin(
        file=component.file,
        name=component.name,
        version=component.version,
        purl=component.purl,
        line=component.line,
        end_line=component.line,
        direct=component.direct,
        scope=component.scope,
        via=component.via,
    )


def _finding(pin: PackagePin, problem: Problem, rule: Rule, matcher: Matcher) -> Finding:
    """Return a finding; a severity that the user has set wins over the check's own."""
    page = next((m.severity for m in rule.matchers if m.id == matcher.id), None) or rule.severity
    overridden = matcher.severity is not None and matcher.severity is not page
    title = matcher.title or rule.title
    return Finding(
        kind=rule.kind,
        stage=rule.stage,
        rule=rule.rule_id(matcher),
        title=f"{title}: {pin.name} {pin.version}".rstrip(": "),
        message=problem.message,
        severity=(matcher.severity if overridden else problem.severity) or matcher.severity or page,
        confidence=problem.confidence or matcher.confidence or rule.confidence,
        audience=rule.audience,
        place=pin,
        identity=(problem.own, bare_purl(pin.purl)),
        cwe=matcher.cwe or rule.cwe,
        ids=problem.ids,
        controls=rule.controls,
        threats=rule.threats,
        evidence=dict(problem.evidence),
    )
