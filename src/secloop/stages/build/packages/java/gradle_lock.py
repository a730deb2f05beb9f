"""`gradle.lockfile` and `buildscript-gradle.lockfile` (https://docs.gradle.org/current/userguide/dependency_locking.html).

One line per package: `group:artifact:version=configuration,configuration`. The older format has one file per
configuration, `gradle/dependency-locks/NAME.lockfile`, with coordinates only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.base import BUILD, Extracted, Extractor, Package, Problem, bounded, text_of
from secloop.stages.build.packages.java.coordinates import configuration_scope, configurations_scope, name_of, split

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.scan.base import SourceFile


class GradleLock(Extractor):
    """`gradle.lockfile`: what the configurations of one project resolve to."""

    name = "gradle.lockfile"
    ecosystem = "Maven"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is the lock of a project, in either format."""
        folder, _, name = path.rpartition("/")
        return name == "gradle.lockfile" or (
            name.endswith(".lockfile") and folder.rpartition("/")[2] == "dependency-locks"
        )

    def extract(self, file: SourceFile) -> Extracted:
        """Return the locked packages with the strongest scope of their configurations."""
        name = file.path.rpartition("/")[2]
        fixed = "" if name == "gradle.lockfile" else configuration_scope(name.removesuffix(".lockfile"))
        return _read(file, fixed)


class BuildscriptLock(Extractor):
    """`buildscript-gradle.lockfile`: what the build itself runs on, plugins above all."""

    name = "buildscript-gradle.lockfile"
    ecosystem = "Maven"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is the lock of a build script."""
        return path.rpartition("/")[2] in {"buildscript-gradle.lockfile", "settings-gradle.lockfile"}

    def extract(self, file: SourceFile) -> Extracted:
        """Return the locked packages, all of the scope `build`."""
        return _read(file, BUILD)


def _read(file: SourceFile, scope: str) -> Extracted:
    packages, problems = bounded(list(_packages(text_of(file), scope)), [])
    bad = tuple(_problems(text_of(file)))
    return Extracted(packages=packages, problems=(*problems, *bad))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if line and not line.startswith(("#", "empty=")):
            yield number, line


def _packages(text: str, scope: str) -> Iterator[Package]:
    for number, line in _lines(text):
        coordinates, _, configurations = line.partition("=")
        if (found := split(coordinates.strip())) and found[2]:
            yield Package(
                key=f"{coordinates}:{number}",
                name=name_of(found[0], found[1]),
                version=found[2],
                line=number,
                scope=scope or configurations_scope(configurations.split(",")),
            )


def _problems(text: str) -> Iterator[Problem]:
    for number, line in _lines(text):
        found = split(line.partition("=")[0].strip())
        if not found or not found[2]:
            yield Problem(line=number, reason="not group:artifact:version=configurations")
