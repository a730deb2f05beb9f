"""The reach sensor: what each file imports. What follows from it for a package is judged with its vulnerabilities."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from secloop.model.enums import Stage
from secloop.model.facts import Imports
from secloop.scan.base import Flag, SensorInfo
from secloop.stages.build.reach.files import language_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from secloop.model.finding import Observation
    from secloop.rules.base import RuleSet
    from secloop.scan.base import FileGroup, FileMeta, GroupUnit, Settings, SourceFile

VERSION = "1"
"""Goes into the cache key: raised when what is found in a file changes."""

_NOT_OURS = frozenset({Flag.VENDORED, Flag.BINARY, Flag.MINIFIED})
_DIGEST_BYTES = 16


class ReachSensor:
    """Finds imports. Facts: `import/1`."""

    info = SensorInfo(
        name="reach", version=VERSION, stage=Stage.BUILD, kinds=(), provides=("import/1",), required=False
    )

    def __init__(self) -> None:
        """Look at projects, not at installed systems."""
        self._installed = False

    def configure(self, settings: Settings, rules: RuleSet) -> str:  # noqa: ARG002 - the protocol's
        """Return the digest: nothing but the file decides."""
        self._installed = settings.installed
        return ""

    def wants(self, file: FileMeta) -> bool:
        """Return whether a file is a program of the project, or something that may name packages."""
        return language_of(file.path) is not None and not self._installed and _NOT_OURS.isdisjoint(file.flags)

    def group(self, files: Sequence[FileMeta]) -> Iterable[FileGroup]:  # noqa: ARG002 - the protocol's
        """Return no groups: files are looked at one by one."""
        return ()

    def scan(self, unit: SourceFile | GroupUnit) -> Iterator[Observation]:
        """Yield what a file imports."""
        from secloop.stages.build.reach.imports import imports_in

        file: SourceFile = unit  # type: ignore[assignment] # a file sensor gets files
        language = language_of(file.path) or ""
        yield Imports(
            file=file.path,
            language=language,
            digest=digest_of(file.data),
            imports=imports_in(file.data, language) if language else (),
        )

    def finish(self, facts: Sequence[Observation], known: Mapping[str, bytes]) -> Iterable[Observation]:  # noqa: ARG002 - the protocol's
        """Add nothing: the dependencies sensor takes the facts."""
        return ()


def digest_of(data: bytes) -> str:
    """Return what `Imports.digest` holds of a file's content."""
    return blake2b(data, digest_size=_DIGEST_BYTES).hexdigest()
