"""Gradle's version catalogue, `gradle/libs.versions.toml` (https://docs.gradle.org/current/userguide/version_catalogs.html).

A catalogue says which version a library has wherever a build names it; it is read as a manifest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secloop.model.shapes import string, table
from secloop.stages.build.packages.base import BUILD, Extracted, Extractor, Package, Problem, bounded, text_of
from secloop.stages.build.packages.java.coordinates import name_of, pinned, split
from secloop.stages.build.packages.toml import Positions, parse

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile

_RICH = ("strictly", "require", "prefer")
"""The parts of a rich version, from the one that binds most."""


class VersionCatalogue(Extractor):
    """Libraries, and plugins by their marker artifact (`id:id.gradle.plugin`), which is what Gradle downloads."""

    name = "libs.versions.toml"
    ecosystem = "Maven"

    def wants(self, path: str) -> bool:
        """Return whether this is a catalogue: `libs` is its usual name, `NAME.versions.toml` its form."""
        return path.endswith(".versions.toml")

    def extract(self, file: SourceFile) -> Extracted:
        """Return libraries and plugins. Raises: UnreadableError."""
        text = text_of(file)
        return _Catalogue(parse(text), Positions(text)).read()


class _Catalogue:
    def __init__(self, document: dict[str, Any], positions: Positions) -> None:
        self.document = document
        self.positions = positions
        self.versions = table(document.get("versions"))
        self.packages: list[Package] = []
        self.problems: list[Problem] = []

    def read(self) -> Extracted:
        for alias, entry in table(self.document.get("libraries")).items():
            self._add("libraries", alias, _library(entry), entry, "")
        for alias, entry in table(self.document.get("plugins")).items():
            self._add("plugins", alias, _plugin(entry), entry, BUILD)
        packages, problems = bounded(self.packages, self.problems)
        return Extracted(packages=packages, problems=problems)

    def _add(self, section: str, alias: str, named: tuple[str, str, str] | None, entry: Any, scope: str) -> None:
        line = self.positions.key(section, alias)
        if named is None:
            self.problems.append(Problem(line=line, reason=f"{alias[:80]!r} names no module"))
            return
        group, artifact, short = named
        wish = short or self._wish(table(entry).get("version"))
        version = pinned(wish)
        self.packages.append(
            Package(
                key=f"{section}.{alias}",
                name=name_of(group, artifact),
                version=version,
                line=line,
                direct=True,
                scope=scope,
                constraint="" if version else wish,
            )
        )

    def _wish(self, version: Any) -> str:
        """Return the version as written: a string, a reference to `[versions]`, or the strongest part of a rich one."""
        rich = table(version)
        if reference := string(rich.get("ref")):
            version = self.versions.get(reference)
            rich = table(version)
        return string(version) or next((string(rich[part]) for part in _RICH if string(rich.get(part))), "")


def _library(entry: Any) -> tuple[str, str, str] | None:
    """Return (group, artifact, version of the short form) of a library."""
    if isinstance(entry, str):
        return split(entry.strip())
    fields = table(entry)
    if module := string(fields.get("module")):
        return split(module.strip())
    group, name = string(fields.get("group")), string(fields.get("name"))
    return (group, name, "") if group and name else None


def _plugin(entry: Any) -> tuple[str, str, str] | None:
    """Return the coordinates of a plugin's marker artifact."""
    plugin, _, version = entry.partition(":") if isinstance(entry, str) else (string(table(entry).get("id")), "", "")
    return (plugin, f"{plugin}.gradle.plugin", version) if plugin else None
