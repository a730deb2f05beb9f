"""Sensors the scan tests use: small, and each shows one thing."""

# ruff: noqa: ARG002 - the protocol's signatures

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.model.assets import Link
from secloop.model.coverage import Partial, Skipped
from secloop.model.enums import Confidence, FileClass, Kind, Severity, Stage
from secloop.model.facts import Component
from secloop.model.finding import Finding
from secloop.model.places import CodeSpan
from secloop.scan.base import FileGroup, Flag, SensorInfo, SourceFile, Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from secloop.model.finding import Observation
    from secloop.rules.base import RuleSet
    from secloop.scan.base import FileMeta, GroupUnit, Settings


def finding(path: str, line: int, rule: str = "word") -> Finding:
    """Return a finding that says no more than where it is."""
    return Finding(
        kind=Kind.WEAKNESS, stage=Stage.TEST, rule=rule, title="t", message="m", severity=Severity.LOW,
        confidence=Confidence.HIGH, place=CodeSpan(file=path, line=line, end_line=line), identity=(rule, path),
    )  # fmt: skip


class WordSensor:
    """Finds lines that hold `word`. Its digest can be changed, and it counts the files it was given."""

    info = SensorInfo(name="word", version="1", stage=Stage.TEST, kinds=(Kind.WEAKNESS,))
    word = b"word"
    digest = "d"

    def __init__(self) -> None:
        self.seen: list[str] = []

    def configure(self, settings: Settings, rules: RuleSet) -> str:
        return self.digest

    def wants(self, file: FileMeta) -> bool:
        return Flag.BINARY not in file.flags

    def group(self, files: Sequence[FileMeta]) -> Iterable[FileGroup]:
        return ()

    def scan(self, unit: SourceFile | GroupUnit) -> Iterable[Observation]:
        assert isinstance(unit, SourceFile)
        self.seen.append(unit.path)
        at = unit.data.find(self.word)
        while at != -1:
            yield finding(unit.path, unit.position(at)[0], self.word.decode())
            at = unit.data.find(self.word, at + 1)

    def finish(self, facts: Sequence[Observation], known: Mapping[str, bytes]) -> Iterable[Observation]:
        return ()


class FolderSensor(WordSensor):
    """Groups the `.tf` files of each folder, and finds in how many members `word` stands, plus one, as the line."""

    info = SensorInfo(name="folder", version="1", stage=Stage.DEPLOY, kinds=(Kind.WEAKNESS,), unit=Unit.GROUP)

    def wants(self, file: FileMeta) -> bool:
        return file.language == "terraform"

    def group(self, files: Sequence[FileMeta]) -> Iterable[FileGroup]:
        folders: dict[str, list[str]] = {}
        for file in files:
            folders.setdefault(file.path.rpartition("/")[0] or ".", []).append(file.path)
        return [FileGroup(name=name, members=tuple(members)) for name, members in folders.items()]

    def scan(self, unit: SourceFile | GroupUnit) -> Iterable[Observation]:
        assert not isinstance(unit, SourceFile)
        folder = unit.materialise()
        self.seen.append(unit.group.name)
        hits = 1 + sum(self.word in (folder / path).read_bytes() for path in unit.files)
        yield finding(unit.group.name, hits, "folder")


class PackageSensor(WordSensor):
    """Provides a component per line of `.lock` files."""

    info = SensorInfo(name="packages", version="1", stage=Stage.BUILD, kinds=(), provides=("component/2",))

    def wants(self, file: FileMeta) -> bool:
        return file.path.endswith(".lock")

    def scan(self, unit: SourceFile | GroupUnit) -> Iterable[Observation]:
        assert isinstance(unit, SourceFile)
        self.seen.append(unit.path)
        for line, name in enumerate(unit.text.splitlines(), 1):
            yield Component(name=name, version="1", purl=f"pkg:generic/{name}@1", file=unit.path, line=line)


class CountSensor(WordSensor):
    """Requires components, and concludes how many there are and of which it knew the file."""

    info = SensorInfo(name="count", version="1", stage=Stage.BUILD, kinds=(Kind.WEAKNESS,), requires=("component/2",))

    def wants(self, file: FileMeta) -> bool:
        return False

    def finish(self, facts: Sequence[Observation], known: Mapping[str, bytes]) -> Iterator[Observation]:
        names = [fact.name for fact in facts if isinstance(fact, Component)]
        yield finding("-".join(names), max(len(names), 1), f"known:{','.join(sorted(known))}")
        yield Link(source="a", target="b", relation="counts")


class ExcuseSensor(WordSensor):
    """Says of every file what its content says: `partial 0.5`, `limited`, `failed`, `excluded`."""

    info = SensorInfo(name="excuse", version="1", stage=Stage.TEST, kinds=())

    def scan(self, unit: SourceFile | GroupUnit) -> Iterator[Observation]:
        assert isinstance(unit, SourceFile)
        said = unit.text.split()
        if said[0] == "partial":
            yield Partial(reason="some of it", share=float(said[1]))
        elif said[0] != "scanned":
            yield Skipped(outcome=FileClass(said[0]), reason="an excuse")
