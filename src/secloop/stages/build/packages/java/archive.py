"""Java archives (jar, war, ear, par, aar, Jenkins plugins), with the archives in them and what is shaded into them.

What is inside an archive is what it needs: nesting and shading are the edges. Classes are never read.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from secloop.stages.build.packages.base import Extracted, Extractor, Package, Problem, UnreadableError, bounded
from secloop.stages.build.packages.java.coordinates import name_of
from secloop.stages.build.packages.java.jar_names import (
    Artifact,
    artifact_of,
    guess,
    is_named,
    licenses,
    parse_manifest,
    parse_properties,
)
from secloop.stages.build.packages.xml import parse_xml
from secloop.stages.build.packages.zipped import Allowance, Archive

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile

ENDS = (".jar", ".war", ".ear", ".par", ".aar", ".sar", ".hpi", ".jpi")
"""Ends of the names of archives, lower case."""

MAX_DEPTH = 12
"""Archives in archives; an ear with wars with jars has three."""

_MAX_NESTED = 64 << 20
_MAX_MEMBER = 1 << 20
_MANIFEST = "META-INF/MANIFEST.MF"
_PROPERTIES, _POM = "pom.properties", "pom.xml"
_MAVEN = "META-INF/maven/"


class JavaArchive(Extractor):
    """An archive: what it is, and what it brings along."""

    name = "jar"
    ecosystem = "Maven"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether the name is that of an archive."""
        return path.lower().endswith(ENDS)

    def extract(self, file: SourceFile) -> Extracted:
        """Return the artifacts. Raises: UnreadableError when it is no archive, or one that is too large."""
        reading = _Reading(Allowance(len(file.data)))
        reading.archive(file.path, file.data)
        packages, problems = bounded(reading.packages, reading.problems)
        return Extracted(packages=packages, problems=problems)


class PomProperties(Extractor):
    """`META-INF/maven/GROUP/ARTIFACT/pom.properties` of an archive that is unpacked in the tree."""

    name = _PROPERTIES
    ecosystem = "Maven"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is Maven's note in an archive."""
        return path.endswith(f"/{_PROPERTIES}") and _MAVEN in path

    def extract(self, file: SourceFile) -> Extracted:
        """Return the artifact. Raises: UnreadableError."""
        found = parse_properties(file.data)
        if found is None:
            raise UnreadableError("not usable: groupId, artifactId or version is missing")
        return Extracted(packages=(Package(key=_PROPERTIES, name=name_of(*found[:2]), version=found.version),))


class _Reading:
    """The artifacts of one file of the tree, outer ones before inner ones."""

    def __init__(self, allowance: Allowance) -> None:
        self.packages: list[Package] = []
        self.problems: list[Problem] = []
        self._allowance = allowance

    def archive(self, path: str, data: bytes, depth: int = 1) -> tuple[str, ...]:
        """Read one archive and those in it; return the keys of what it is, or of what is in it where that is unknown.

        Raises: UnreadableError when it cannot be read at all.
        """
        if depth > MAX_DEPTH:
            raise UnreadableError(f"not usable archive: in more than {MAX_DEPTH - 1} others")
        opened = Archive(data, self._allowance)
        noted = self._noted(path, opened)
        main = self._main(path, opened, noted)
        slot = len(self.packages)
        inside = [self._add(path, one) for one in dict.fromkeys(noted.values()) if one != main]
        inside += self._nested(path, opened, depth)
        if main is None:
            return tuple(inside)
        package = Package(
            key=path,
            name=name_of(main.group, main.artifact),
            version=main.version,
            needs=tuple(inside),
            licenses=self._licenses(path, opened, noted, main),
            hashes=(f"sha256:{hashlib.sha256(data).hexdigest()}", f"sha1:{_sha1(data)}"),
        )
        self.packages.insert(slot, package)
        return (path,)

    def _noted(self, path: str, opened: Archive) -> dict[str, Artifact]:
        """Return the artifacts that Maven noted in an archive, by the folder of the note."""
        found: dict[str, Artifact] = {}
        for name in opened:
            folder, _, last = name.rpartition("/")
            if last == _PROPERTIES and (artifact := parse_properties(self._read(path, opened, name))):
                found[folder] = artifact
        for name in opened:
            folder, _, last = name.rpartition("/")
            if last == _POM and folder not in found and folder.startswith(_MAVEN):
                artifact = _of_pom(self._read(path, opened, name))
                if artifact:
                    found[folder] = artifact
        return found

    def _main(self, path: str, opened: Archive, noted: dict[str, Artifact]) -> Artifact | None:
        """Return what the archive itself is: the note that has its name, the only note, or a guess."""
        artifacts = list(dict.fromkeys(noted.values()))
        if named := [one for one in artifacts if is_named(one, path)]:
            return max(named, key=lambda one: len(one.artifact))
        if len(artifacts) == 1:
            return artifacts[0]
        return guess(path, self._manifest(path, opened))

    def _nested(self, path: str, opened: Archive, depth: int) -> list[str]:
        keys: list[str] = []
        for name in opened:
            if name.lower().endswith(ENDS):
                inner = f"{path}!/{name}"
                try:
                    keys += self.archive(inner, opened.read(name, _MAX_NESTED), depth + 1)
                except UnreadableError as error:
                    self.problems.append(Problem(line=1, reason=f"{inner.partition('!/')[2][:200]}: {error.reason}"))
        return keys

    def _add(self, path: str, artifact: Artifact) -> str:
        """Add an artifact that is shaded in."""
        key = f"{path}!/{artifact.group}:{artifact.artifact}:{artifact.version}"
        name = name_of(artifact.group, artifact.artifact)
        self.packages.append(Package(key=key, name=name, version=artifact.version))
        return key

    def _manifest(self, path: str, opened: Archive) -> dict[str, str]:
        return parse_manifest(self._read(path, opened, _MANIFEST)) if _MANIFEST in opened else {}

    def _licenses(self, path: str, opened: Archive, noted: dict[str, Artifact], main: Artifact) -> tuple[str, ...]:
        """Return the licences of the POM, else of the manifest."""
        folder = next((folder for folder, one in noted.items() if one == main), "")
        if (pom := f"{folder}/{_POM}") in opened:
            try:
                project = parse_xml(self._read(path, opened, pom), "project")
            except UnreadableError:
                return ()  # the artifact is known without it
            names = (one.value("name") or one.value("url") for one in project.each("licenses", "license"))
            return tuple(dict.fromkeys(name for name in names if name))
        return licenses(self._manifest(path, opened))

    def _read(self, path: str, opened: Archive, name: str) -> bytes:
        """Return a small member, empty with a problem where it cannot be read."""
        try:
            return opened.read(name, _MAX_MEMBER)
        except UnreadableError as error:
            where = f"{path}!/{name}".partition("!/")[2]
            self.problems.append(Problem(line=1, reason=f"{where[:200]}: {error.reason}"))
            return b""


def _of_pom(data: bytes) -> Artifact | None:
    """Return the coordinates in an archived POM; what it inherits stands in its parent element."""
    try:
        project = parse_xml(data, "project")
    except UnreadableError:
        return None
    own = {tag: project.value(tag) for tag in ("groupId", "artifactId", "version")}
    parent = project.child("parent")
    above = {tag: parent.value(tag) if parent else "" for tag in own}
    return artifact_of(own["groupId"] or above["groupId"], own["artifactId"], own["version"] or above["version"])


def _sha1(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()  # what Maven repositories are searched by
