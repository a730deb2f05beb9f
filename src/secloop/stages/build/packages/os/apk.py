"""apk's database of installed packages (https://wiki.alpinelinux.org/wiki/Apk_spec#Installed_Database_V2).

Which packages were asked for stands in `etc/apk/world`; all others came with them (apk-world(5)).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import (
    RUNTIME,
    Extracted,
    Extractor,
    Package,
    Problem,
    UnreadableError,
    bounded,
    text_of,
)
from secloop.stages.build.packages.os.needs import Providers
from secloop.stages.build.packages.os.release import InstalledReader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from secloop.scan.base import SourceFile
    from secloop.stages.build.packages.os.release import Distribution

_FIELDS = frozenset("PVALoDp")
_NAME = lazy(r"[^\s<>=~]++")
_WORLD = "etc/apk/world"

_Record = tuple[int, dict[str, str]]
"""First line, and the fields by their letter."""


class ApkInstalled(InstalledReader):
    """Reads `lib/apk/db/installed`."""

    name: ClassVar[str] = "apk"
    ecosystem: ClassVar[str] = "Alpine"
    manager: ClassVar[str] = "apk"
    folders: ClassVar[tuple[str, ...]] = ("usr/lib/apk/db/", "var/lib/apk/db/", "lib/apk/db/")

    def wants(self, path: str) -> bool:
        """Return whether `path` is apk's database below some root."""
        return self.below(path) == "installed"

    def neighbours(self, path: str) -> tuple[str, ...]:
        """Return the root's os-release files, and what was asked for."""
        places = super().neighbours(path)
        return (*places, places[0].removesuffix("etc/os-release") + _WORLD)

    def extract_beside(self, file: SourceFile, near: Mapping[str, SourceFile]) -> Extracted:
        """Return the installed packages; what was asked for is direct. Raises: UnreadableError."""
        found = super().extract_beside(file, near)
        world = near.get(self.neighbours(file.path)[-1])
        if world is None:
            return found
        asked = {name.partition("@")[0] for name in _names(text_of(world))}
        return replace(found, roots={one.key: RUNTIME for one in found.packages if one.name in asked} or None)

    def read(self, file: SourceFile, known: Distribution) -> Extracted:
        """Return the installed packages. Raises: UnreadableError when there is none in a file with content."""
        packages: list[Package] = []
        problems: list[Problem] = []
        wishes: dict[str, str] = {}
        providers = Providers()
        text = text_of(file)
        for line, fields in _records(text):
            if not fields.get("P") or not fields.get("V"):
                problems.append(Problem(line=line, reason="a package without a name or version"))
                continue
            package = _package(fields, line, known.ecosystem("apk", self.ecosystem), known)
            packages.append(package)
            wishes[package.key] = fields.get("D", "")
            providers.add(package.name, package.key, _names(fields.get("p", "")))
        if problems and not packages:
            raise UnreadableError("no package in it", problems[0].line)
        packages = [
            replace(p, needs=providers.resolve(p.key, ([name] for name in _names(wishes[p.key])))) for p in packages
        ]
        found, told = bounded(packages, problems)
        return Extracted(packages=found, problems=told)


class ApkWorld(Extractor):
    """`etc/apk/world`: says nothing by itself, but the database is read with it."""

    name: ClassVar[str] = "apk world"
    ecosystem: ClassVar[str] = "Alpine"

    def wants(self, path: str) -> bool:
        """Return whether `path` is apk's list below some root."""
        return f"/{path}".endswith(f"/{_WORLD}")

    def extract(self, file: SourceFile) -> Extracted:  # noqa: ARG002 - the database's reader reads it
        """Return nothing."""
        return Extracted()


def _records(text: str) -> Iterator[_Record]:
    """Yield the records, parted by empty lines; a line that is no field makes the record's name unknown."""
    fields: dict[str, str] = {}
    start = 0
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.rstrip("\r")
        if not line:
            if start:
                yield start, fields
            fields, start = {}, 0
            continue
        start = start or number
        if line[1:2] == ":" and line[0] in _FIELDS:
            fields[line[0]] = line[2:].strip()
    if start:
        yield start, fields


def _package(fields: dict[str, str], line: int, ecosystem: str, known: Distribution) -> Package:
    name, licence, origin = fields["P"], fields.get("L", ""), fields.get("o", "")
    return Package(
        key=f"{name}:{line}",
        name=name,
        version=fields["V"],
        line=line,
        ecosystem=ecosystem,
        licenses=(licence,) if licence else (),
        qualifiers=(
            ("arch", fields.get("A", "")),
            ("distro", known.qualifier),
            ("upstream", origin if origin != name else ""),
        ),
    )


def _names(field: str) -> Iterator[str]:
    """Yield the names of a list of wishes or provisions without their versions; conflicts (`!name`) are none."""
    return (found[0] for word in field.split() if word[0] != "!" and (found := _NAME.match(word)))
