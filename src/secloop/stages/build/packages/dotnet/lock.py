"""NuGet's `packages.lock.json` (https://learn.microsoft.com/nuget/consume-packages/package-references-in-project-files)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from secloop.model.shapes import string, table
from secloop.stages.build.packages.base import RUNTIME, Extracted, Extractor, Package, Problem, bounded, text_of
from secloop.stages.build.packages.dotnet.versions import hash_of
from secloop.stages.build.packages.json import Lines, parse_json

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile


class PackagesLock(Extractor):
    """The packages of each target framework; a package that several have in one version is one."""

    name = "packages.lock.json"
    ecosystem = "NuGet"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is a lock; a folder with several projects has `packages.NAME.lock.json`."""
        name = path.rpartition("/")[2].lower()
        return name.startswith("packages.") and name.endswith("lock.json")

    def extract(self, file: SourceFile) -> Extracted:
        """Return packages and edges. Raises: UnreadableError."""
        text = text_of(file)
        reading = _Reading(Lines(text))
        for framework in table(parse_json(text).get("dependencies")).values():
            reading.framework(table(framework))
        packages, problems = bounded(list(reading.packages.values()), reading.problems)
        return Extracted(packages=packages, problems=problems, roots=dict.fromkeys(reading.direct, RUNTIME))


class _Reading:
    def __init__(self, lines: Lines) -> None:
        self.packages: dict[str, Package] = {}
        self.direct: list[str] = []
        self.problems: list[Problem] = []
        self._lines = lines

    def framework(self, entries: dict[str, Any]) -> None:
        keys = {name.lower(): _key(name, entry) for name, entry in entries.items() if isinstance(entry, dict)}
        for name, entry in entries.items():
            line = self._lines.take(name)
            if not isinstance(entry, dict):
                self.problems.append(Problem(line=line, reason=f"{name[:80]!r} is not an object"))
                continue
            named = [keys.get(need.lower(), "") for need in table(entry.get("dependencies"))]
            needs = tuple(need for need in named if need)
            key, kind = keys[name.lower()], string(entry.get("type")).lower()
            if kind == "direct":
                self.direct.append(key)
            elif kind == "project":
                self.direct += needs
            if known := self.packages.get(key):
                self.packages[key] = replace(known, needs=tuple(dict.fromkeys((*known.needs, *needs))))
            else:
                self.packages[key] = _package(key, name, entry, needs, line)


def _key(name: str, entry: dict[str, Any]) -> str:
    return f"{name.lower()}/{string(entry.get('resolved'))}"


def _package(key: str, name: str, entry: dict[str, Any], needs: tuple[str, ...], line: int) -> Package:
    return Package(
        key=key,
        name=name,
        version=string(entry.get("resolved")),
        line=line,
        needs=needs,
        own=string(entry.get("type")).lower() == "project",
        constraint=string(entry.get("requested")),
        hashes=hash_of(string(entry.get("contentHash"))),
    )
