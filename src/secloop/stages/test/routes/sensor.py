"""The routes sensor: what a program answers and uses, as facts. It finds nothing, and runs where someone asks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secloop.model.coverage import Partial, Skipped
from secloop.model.enums import FileClass, Stage
from secloop.model.surface import Surface, Uses
from secloop.scan.base import Budget, Flag, SensorInfo
from secloop.syntax.languages import language_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from secloop.model.finding import Observation
    from secloop.model.surface import Routes
    from secloop.rules.base import RuleSet
    from secloop.scan.base import FileGroup, FileMeta, GroupUnit, Settings, SourceFile

NAME = "routes"
VERSION = "1"
WEB_XML = "web.xml"
_BY_PLACE = re.compile(r"/pages/api/|/app/(?:.*/)?(?:route|page)\.")
_NOT_OURS = frozenset({Flag.VENDORED, Flag.BINARY, Flag.MINIFIED, Flag.GENERATED})


class RoutesSensor:
    """Reads routes, calls, stores, secrets and queues. Facts: `surface/1`, `use/1`, and `routes/1` of all together."""

    info = SensorInfo(
        name=NAME,
        version=VERSION,
        stage=Stage.TEST,
        kinds=(),
        provides=("surface/1", "use/1", "routes/1"),
        budget=Budget(seconds=20.0, memory_mb=600, max_bytes=4 << 20),
        required=False,
    )

    def __init__(self) -> None:
        """Begin without facts."""
        self.seen: tuple[Routes | Uses, ...] = ()
        """What the last run saw, by file: the linked routes, then uses."""
        self.with_tests = False
        """Whether what tests declare and use is told too: it is no part of what the program answers."""

    def configure(self, settings: Settings, rules: RuleSet) -> str:  # noqa: ARG002 - the protocol's
        """Return the version: nothing else changes the answer."""
        return VERSION

    def wants(self, file: FileMeta) -> bool:
        """Return whether a file is a program of the project, or says which servlets there are."""
        if not _NOT_OURS.isdisjoint(file.flags):
            return False
        return bool(language_of(file.path)) or file.name == WEB_XML

    def group(self, files: Sequence[FileMeta]) -> Iterable[FileGroup]:  # noqa: ARG002 - the protocol's
        """Return no groups: files are looked at one by one."""
        return ()

    def scan(self, unit: SourceFile | GroupUnit) -> Iterator[Observation]:
        """Yield what one file says of routes, and what it uses."""
        from secloop.stages.test.routes.read import facts_of
        from secloop.syntax.parsing import TooLargeError

        file: SourceFile = unit  # type: ignore[assignment] # a file sensor gets files
        if not _may_tell(file):
            return
        try:
            yield from facts_of(file)
        except TooLargeError as problem:
            yield Skipped(outcome=FileClass.LIMITED, reason=problem.what, file=file.path, sensor=NAME)

    def finish(self, facts: Sequence[Observation], known: Mapping[str, bytes]) -> Iterator[Observation]:  # noqa: ARG002 - the protocol's
        """Yield the routes of all files together."""
        from secloop.stages.test.routes.link import Linker

        told = [fact for fact in facts if self.with_tests or not _is_test(fact)]
        routes = list(Linker(fact for fact in told if isinstance(fact, Surface)).routes())
        self.seen = (*routes, *sorted((fact for fact in told if isinstance(fact, Uses)), key=lambda fact: fact.file))
        yield from routes


def _may_tell(file: SourceFile) -> bool:
    """Return whether a file holds any of the words of its language's table; without, it is not parsed."""
    from secloop.stages.test.routes.models import tables

    language = language_of(file.path)
    if not language:
        return True
    words = tables(language).words
    return re.search(words, file.data) is not None or _BY_PLACE.search(f"/{file.path}") is not None


_TEST = re.compile(
    r"(?:^|/)(?:tests?|unittests|__tests__|__mocks__|spec|e2e|cypress|testdata)/|(?:^|/)(?:test_|conftest\.)[^/]*\.py$"
    r"|_test\.(?:go|py)$|\.(?:test|spec|cy)\.[jt]sx?$|(?:Test|Tests|IT)\.java$"
)


def _is_test(fact: Observation) -> bool:
    return isinstance(fact, Surface | Uses) and _TEST.search(fact.file) is not None


def partial(share: float, file: str) -> Partial:
    """Return that a file was read in part."""
    return Partial(reason="syntax errors", share=share, file=file, sensor=NAME)
