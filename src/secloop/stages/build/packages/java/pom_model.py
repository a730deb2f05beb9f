"""One `pom.xml` as written, with the profiles that are on by default (https://maven.apache.org/ref/current/maven-model/maven.html)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from secloop.stages.build.packages.xml import parse_xml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.stages.build.packages.xml import Element

_PLUGINS = "org.apache.maven.plugins"
"""The group of a plugin that names none."""

_SMALL = 64 << 10
_SIBLING = ("${project.version}", "${project.parent.version}", "${pom.version}", "${revision}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """A `<dependency>`, `<plugin>` or `<extension>` as written, with the line it starts on; `kind` is its `<type>`.

    `exclusions` are pairs of group and artifact, each of which may be `*`; `is_sibling` says that the version is
    written as the project's own.
    """

    group: str
    artifact: str
    version: str = ""
    scope: str = ""
    kind: str = "jar"
    classifier: str = ""
    optional: str = ""
    exclusions: tuple[tuple[str, str], ...] = ()
    is_sibling: bool = False
    line: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """The `<parent>`; `path` is its `<relativePath>`, empty where the parent is never looked for in the tree."""

    group: str
    artifact: str
    version: str
    path: str
    line: int = 1


@dataclass(slots=True, kw_only=True)
class Pom:
    """The parts of a project that decide about its dependencies. Lists are in document order, profiles last."""

    path: str
    group: str = ""
    artifact: str = ""
    version: str = ""
    parent: Parent | None = None
    properties: dict[str, str] = field(default_factory=dict)
    dependencies: list[Dependency] = field(default_factory=list)
    managed: list[Dependency] = field(default_factory=list)
    plugins: list[Dependency] = field(default_factory=list)
    managed_plugins: list[Dependency] = field(default_factory=list)


def parse_pom(path: str, data: bytes) -> Pom:
    """Return the project of the file at `path`, not to be changed. Raises: UnreadableError.

    Small ones are kept: a parent or a BOM is read for each of its modules.
    """
    return _kept(path, data) if len(data) <= _SMALL else _parse(path, data)


@lru_cache(maxsize=256)
def _kept(path: str, data: bytes) -> Pom:
    return _parse(path, data)


def _parse(path: str, data: bytes) -> Pom:
    project = parse_xml(data, "project")
    parent = _parent(project)
    pom = Pom(
        path=path,
        group=project.value("groupId") or (parent.group if parent else ""),
        artifact=project.value("artifactId"),
        version=project.value("version") or (parent.version if parent else ""),
        parent=parent,
    )
    _collect(pom, project)
    for profile in project.each("profiles", "profile"):
        activation = profile.child("activation")
        if activation and activation.value("activeByDefault").lower() == "true":
            _collect(pom, profile)
    return pom


def _parent(project: Element) -> Parent | None:
    found = project.child("parent")
    if found is None:
        return None
    relative = found.child("relativePath")
    return Parent(
        group=found.value("groupId"),
        artifact=found.value("artifactId"),
        version=found.value("version"),
        path="../pom.xml" if relative is None else relative.text.strip(),
        line=found.line,
    )


def _collect(pom: Pom, part: Element) -> None:
    """Add what a project or a profile says; a profile's properties win."""
    for properties in part.each("properties"):
        pom.properties.update((one.tag, one.text.strip()) for one in properties.children)
    pom.dependencies += map(_dependency, part.each("dependencies", "dependency"))
    pom.managed += map(_dependency, part.each("dependencyManagement", "dependencies", "dependency"))
    pom.managed_plugins += map(_plugin, part.each("build", "pluginManagement", "plugins", "plugin"))
    pom.plugins += _plugins(part)


def _plugins(part: Element) -> Iterator[Dependency]:
    """Yield what the build itself runs: plugins, what they depend on, and extensions."""
    for plugin in part.each("build", "plugins", "plugin"):
        yield _plugin(plugin)
        yield from map(_dependency, plugin.each("dependencies", "dependency"))
    yield from map(_dependency, part.each("build", "extensions", "extension"))


def _plugin(element: Element) -> Dependency:
    return Dependency(
        group=element.value("groupId") or _PLUGINS,
        artifact=element.value("artifactId"),
        version=element.value("version"),
        kind="maven-plugin",
        line=element.line,
    )


def _dependency(element: Element) -> Dependency:
    return Dependency(
        group=element.value("groupId"),
        artifact=element.value("artifactId"),
        version=element.value("version"),
        is_sibling=element.value("version").startswith(_SIBLING),
        scope=element.value("scope"),
        kind=element.value("type") or "jar",
        classifier=element.value("classifier"),
        optional=element.value("optional"),
        exclusions=tuple(
            (one.value("groupId"), one.value("artifactId")) for one in element.each("exclusions", "exclusion")
        ),
        line=element.line,
    )
