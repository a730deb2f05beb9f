"""The quality sensor: complexity and tokens of each source file, as facts. It finds nothing, and runs where asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.model.coverage import Partial, Skipped
from secloop.model.enums import FileClass, Stage
from secloop.model.quality import FileQuality
from secloop.scan.base import Budget, Flag, SensorInfo
from secloop.syntax.languages import language_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from secloop.model.finding import Observation
    from secloop.rules.base import RuleSet
    from secloop.scan.base import FileGroup, FileMeta, GroupUnit, Settings, SourceFile

NAME = "quality"
VERSION = "1"
_NOT_OURS = frozenset({Flag.VENDORED, Flag.BINARY, Flag.MINIFIED, Flag.GENERATED})


class QualitySensor:
    """Measures files. Facts: `quality/1`."""

    info = SensorInfo(
        name=NAME,
        version=VERSION,
        stage=Stage.TEST,
        kinds=(),
        provides=("quality/1",),
        budget=Budget(seconds=20.0, memory_mb=600, max_bytes=4 << 20),
        required=False,
    )

    def __init__(self) -> None:
        """Begin without facts."""
        self.seen: tuple[FileQuality, ...] = ()
        """What the last run measured, by file."""

    def configure(self, settings: Settings, rules: RuleSet) -> str:  # noqa: ARG002 - the protocol's
        """Return the version: nothing else changes the answer."""
        return VERSION

    def wants(self, file: FileMeta) -> bool:
        """Return whether a file is source of the project in a language that is read."""
        return bool(language_of(file.path)) and _NOT_OURS.isdisjoint(file.flags)

    def group(self, files: Sequence[FileMeta]) -> Iterable[FileGroup]:  # noqa: ARG002 - the protocol's
        """Return no groups: files are looked at one by one."""
        return ()

    def scan(self, unit: SourceFile | GroupUnit) -> Iterator[Observation]:
        """Yield what one file measures."""
        from secloop.stages.test.quality.complexity import functions_of
        from secloop.stages.test.quality.tokens import hashes_of, tokens_of
        from secloop.stages.test.sast.fronts import front_of
        from secloop.syntax.parsing import TooLargeError

        file: SourceFile = unit  # type: ignore[assignment] # a file sensor gets files
        language = language_of(file.path)
        front = front_of(language)
        if front is None:
            return
        try:
            root, share = front.lower_file(file.data)
        except TooLargeError as problem:
            yield Skipped(outcome=FileClass.LIMITED, reason=problem.what, file=file.path, sensor=NAME)
            return
        tokens, lines = tokens_of(file.text, language)
        starts, ends, hashes = hashes_of(tokens, lines)
        yield FileQuality(
            file=file.path,
            language=language,
            lines=len(set(lines)),
            functions=functions_of(root, lambda node: file.position(node.start)[0]),
            starts=tuple(starts),
            ends=tuple(ends),
            hashes=tuple(hashes),
        )
        if share < 1.0:
            yield Partial(reason="syntax errors", share=share, file=file.path, sensor=NAME)

    def finish(self, facts: Sequence[Observation], known: Mapping[str, bytes]) -> Iterable[Observation]:  # noqa: ARG002 - the protocol's
        """Keep the facts; nothing follows from them here."""
        self.seen = tuple(fact for fact in facts if isinstance(fact, FileQuality))
        return ()
