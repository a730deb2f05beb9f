"""The iac sensor: misconfigured resources in infrastructure as code."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from secloop.model.coverage import Partial
from secloop.model.enums import Kind, Stage
from secloop.scan.base import Budget, Flag, SensorInfo, Unit
from secloop.stages.deploy.iac.documents.workflow import is_workflow
from secloop.stages.deploy.iac.engine import NAME
from secloop.stages.deploy.iac.groups import is_dockerfile, is_manifest
from secloop.stages.deploy.iac.terraform.planned import is_planned
from secloop.stages.deploy.iac.terraform.tree import is_configuration, is_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from secloop.model.finding import Observation
    from secloop.rules.base import RuleSet
    from secloop.scan.base import FileGroup, FileMeta, GroupUnit, Settings, SourceFile
    from secloop.stages.deploy.iac.pack import Pack

VERSION = "1"
_NOT_OURS = frozenset({Flag.VENDORED, Flag.BINARY})
_BESIDE = (".tpl", ".tftpl", ".tmpl")
_PARTS = ("polic", "iam", "template")
_MAX_BESIDE = 256 << 10
_ASKED = 0.95
"""The analysed share of a file of which all but some rules could be asked: a note, above the floor of a failure."""


class IacSensor:
    """Finds misconfigured resources by the rules of the engine `cel`, a root module with all it calls at a time."""

    engine = NAME
    info = SensorInfo(
        name="iac",
        version=VERSION,
        stage=Stage.DEPLOY,
        kinds=(Kind.MISCONFIGURATION,),
        unit=Unit.GROUP,
        budget=Budget(seconds=60.0, memory_mb=1200, max_bytes=64 << 20),
    )

    def __init__(self) -> None:
        """Start without rules."""
        self._pack: Pack | None = None

    def configure(self, settings: Settings, rules: RuleSet) -> str:  # noqa: ARG002 - the protocol's
        """Take the rules; return their digest. Each is compiled when the first resource of its type turns up."""
        own = rules.for_engine(NAME)
        self._rules = own
        self._pack = None
        return f"sha256:{hashlib.sha256(f'{VERSION}{own.digest}'.encode()).hexdigest()}"

    def wants(self, file: FileMeta) -> bool:
        """Return whether a file is configuration, its values, or a document that configuration may read."""
        if not _NOT_OURS.isdisjoint(file.flags):
            return False
        path = file.path
        if is_dockerfile(path) or is_workflow(path) or is_manifest(file) or is_planned(path, file.head):
            return True
        return is_configuration(path) or is_values(path) or (file.size <= _MAX_BESIDE and _is_read(path))

    def group(self, files: Sequence[FileMeta]) -> Iterable[FileGroup]:
        """Return the root modules, each with the modules that it calls."""
        from secloop.stages.deploy.iac.groups import groups

        return groups(files)

    def scan(self, unit: SourceFile | GroupUnit) -> Iterator[Observation]:
        """Yield the findings of a root module, and what of it could not be read."""
        from secloop.stages.deploy.iac.judge import findings
        from secloop.stages.deploy.iac.read import read_group

        group: GroupUnit = unit  # type: ignore[assignment] # a group sensor gets groups
        reading = read_group(group.group.name, group.files)
        unjudged: dict[str, set[str]] = {}
        yield from findings(reading.resources, self._ready(), unjudged)
        yield from reading.suppressions
        for file, rules in sorted(unjudged.items()):
            reason = f"an attribute has another form than these rules read: {', '.join(sorted(rules))}"
            yield Partial(reason=reason, share=_ASKED, file=file, sensor=self.info.name)
        for file, (reason, share) in sorted(reading.problems.items()):
            yield Partial(reason=reason, share=share, file=file, sensor=self.info.name)

    def finish(self, facts: Sequence[Observation], known: Mapping[str, bytes]) -> Iterable[Observation]:  # noqa: ARG002 - the protocol's
        """Add nothing."""
        return ()

    def _ready(self) -> Pack:
        from secloop.stages.deploy.iac.pack import Pack

        if self._pack is None:
            self._pack = Pack(self._rules)
        return self._pack


def _is_read(path: str) -> bool:
    """Return whether configuration may well read a file: a template, or a document of policies."""
    lower = path.lower()
    return lower.endswith(_BESIDE) or (lower.endswith(".json") and any(part in lower for part in _PARTS))
