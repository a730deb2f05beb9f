"""The sast sensor: weaknesses in programs."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from secloop.model.coverage import Partial, Skipped
from secloop.model.enums import FileClass, Kind, Stage
from secloop.model.facts import ConfigKeys, Flows, Setting
from secloop.model.places import CodeSpan
from secloop.scan.base import Budget, Flag, SensorInfo
from secloop.stages.test.sast.languages import NAME, TEMPLATES
from secloop.stages.test.sast.settings import is_settings
from secloop.syntax.languages import language_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from secloop.model.finding import Finding, Observation
    from secloop.model.fix import Fixer
    from secloop.rules.base import RuleSet
    from secloop.scan.base import FileGroup, FileMeta, GroupUnit, Settings, SourceFile
    from secloop.stages.test.sast.pack import Pack

VERSION = "1"
FOLLOWED = 0.99
"""The share that counts as analysed of a file in which some expressions are nested too deeply to be followed."""
_NOT_OURS = frozenset({Flag.VENDORED, Flag.BINARY, Flag.MINIFIED, Flag.GENERATED})


class SastSensor:
    """Finds weaknesses by the rules of the engine `semgrep`. Facts: `flow/1`, `config-keys/1`."""

    engine = NAME
    info = SensorInfo(
        name="sast",
        version=VERSION,
        stage=Stage.TEST,
        kinds=(Kind.WEAKNESS,),
        provides=("flow/1", "config-keys/1"),
        budget=Budget(seconds=30.0, memory_mb=800, max_bytes=4 << 20),
    )

    def __init__(self) -> None:
        """Start without rules."""
        self._pack: Pack | None = None
        self._rules: RuleSet | None = None
        self._installed = False
        self.interfile = True
        """Whether other files have a say; without, unknown functions pass on what they are given."""

    def configure(self, settings: Settings, rules: RuleSet) -> str:
        """Take the rules; return their digest. Patterns are read when the first file of their language turns up."""
        from secloop.stages.test.sast.pack import Pack

        own = rules.for_engine(NAME)
        self._rules, self._pack = own, Pack(own)
        self._installed = settings.installed
        return f"sha256:{hashlib.sha256(f'{VERSION}{self.interfile}{own.digest}'.encode()).hexdigest()}"

    def fixer(self) -> Fixer:
        """Return what proposes the edits that rules have for their findings."""
        from secloop.stages.test.sast.fixer import SastFixer

        return SastFixer(self)

    def wants(self, file: FileMeta) -> bool:
        """Return whether a file is a program of the project in a language that there is a rule for."""
        if self._installed or self._pack is None or not _NOT_OURS.isdisjoint(file.flags):
            return False
        return _language(file.path) in self._pack.languages or (bool(self._pack.settings) and is_settings(file.path))

    def group(self, files: Sequence[FileMeta]) -> Iterable[FileGroup]:  # noqa: ARG002 - the protocol's
        """Return no groups: files are looked at one by one."""
        return ()

    def scan(self, unit: SourceFile | GroupUnit) -> Iterator[Observation]:
        """Yield the findings of a file, and what other files have a say in."""
        from secloop.stages.test.sast.analyse import Analysis
        from secloop.syntax.parsing import TooLargeError

        file: SourceFile = unit  # type: ignore[assignment] # a file sensor gets files
        language = _language(file.path)
        if not language:
            yield from self._configured(file)
        ready = self._pack.ready(language) if self._pack is not None else ()
        if not ready:
            return
        try:
            analysis = Analysis(file, language, ready)
        except TooLargeError as problem:
            yield Skipped(outcome=FileClass.LIMITED, reason=problem.what, file=file.path, sensor=self.info.name)
            return
        yield from analysis.findings()
        yield from analysis.flows() if self.interfile else analysis.alone()
        if analysis.cut:
            yield Partial(
                reason="nested too deeply to follow data", share=FOLLOWED, file=file.path, sensor=self.info.name
            )
        if analysis.file.share < 1.0:
            yield Partial(reason="syntax errors", share=analysis.file.share, file=file.path, sensor=self.info.name)

    def _configured(self, file: SourceFile) -> Iterator[ConfigKeys]:
        """Yield the keys of a configuration file, with the rules that their values matter to."""
        from secloop.stages.test.sast.pattern.literals import compiled
        from secloop.stages.test.sast.settings import entries, folded

        wanted = self._pack.settings if self._pack is not None else ()
        lines = file.data.count(b"\n") + 1
        found = tuple(
            Setting(
                key=folded(entry.key),
                place=CodeSpan(file=file.path, line=min(entry.line, lines), end_line=min(entry.line, lines)),
                rules=tuple(rule for rule, regex in wanted if compiled(regex).search(entry.value)),
            )
            for entry in entries(file.path, file.data)
        )
        if found:
            yield ConfigKeys(file=file.path, settings=found)

    def finish(self, facts: Sequence[Observation], known: Mapping[str, bytes]) -> Iterator[Observation]:  # noqa: ARG002 - the protocol's
        """Yield the findings that take more than one file to prove."""
        from secloop.stages.test.sast.link import Linker

        flows = [fact for fact in facts if isinstance(fact, Flows)]
        if flows:
            configs = (fact for fact in facts if isinstance(fact, ConfigKeys))
            yield from self._linked(Linker(flows, configs))

    def _linked(self, linker: object) -> Iterator[Finding]:
        from secloop.stages.test.sast.findings import made
        from secloop.stages.test.sast.link import Linker

        if not isinstance(linker, Linker) or self._rules is None:
            return
        pages = {page.rule_id(matcher): (page, matcher) for page, matcher in self._rules.matchers()}
        seen: set[tuple[str, object]] = set()
        for flow in linker.proven():
            key = (flow.rule, flow.path[-1])
            if key not in seen and flow.rule in pages:
                seen.add(key)
                yield made(*pages[flow.rule], flow.path[-1], (flow.scope, flow.text), flow.excerpt, flow.path)


def _language(path: str) -> str:
    language = "html" if path.lower().endswith(TEMPLATES) else language_of(path)
    return "typescript" if language == "tsx" else language
