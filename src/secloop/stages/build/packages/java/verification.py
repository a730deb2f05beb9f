"""Gradle's `gradle/verification-metadata.xml`: every artifact that a build may download, with its checksums.

https://docs.gradle.org/current/userguide/dependency_verification.html. It tells neither configurations nor edges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.base import Extracted, Extractor, Package, Problem, bounded
from secloop.stages.build.packages.java.coordinates import name_of
from secloop.stages.build.packages.xml import parse_xml

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile
    from secloop.stages.build.packages.xml import Element

_HASHES = ("sha512", "sha256", "sha1", "md5")
_COMPONENTS = ("components", "component")


class VerificationMetadata(Extractor):
    """The components whose artifacts are verified."""

    name = "verification-metadata.xml"
    ecosystem = "Maven"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is Gradle's verification metadata."""
        return path.rpartition("/")[2] == "verification-metadata.xml"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the components with the checksums of their jar. Raises: UnreadableError."""
        packages: list[Package] = []
        problems: list[Problem] = []
        for component in parse_xml(file.data, "verification-metadata").each(*_COMPONENTS):
            group, name, version = (component.attributes.get(key, "") for key in ("group", "name", "version"))
            if not (group and name and version):
                problems.append(Problem(line=component.line, reason="a component without group, name or version"))
                continue
            packages.append(
                Package(
                    key=f"{group}:{name}:{version}:{component.line}",
                    name=name_of(group, name),
                    version=version,
                    line=component.line,
                    hashes=_hashes(component, f"{name}-{version}.jar"),
                )
            )
        kept, bad = bounded(packages, problems)
        return Extracted(packages=kept, problems=bad)


def _hashes(component: Element, jar: str) -> tuple[str, ...]:
    """Return the checksums of the artifact itself, not of its POM or module file."""
    named = {artifact.attributes.get("name", ""): artifact for artifact in component.each("artifact")}
    chosen = named.get(jar) or next((one for name, one in named.items() if name.endswith((".jar", ".aar"))), None)
    found = {one.tag: one.attributes.get("value", "") for one in chosen.children} if chosen else {}
    return tuple(f"{kind}:{found[kind].lower()}" for kind in _HASHES if found.get(kind))
