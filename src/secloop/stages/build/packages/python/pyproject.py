"""`pyproject.toml`: PEP 621 dependencies, PEP 735 groups, tables of Poetry, PDM, uv and Hatch, build requirements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secloop.model.regex import lazy
from secloop.model.shapes import items, string, table
from secloop.stages.build.packages import toml
from secloop.stages.build.packages.base import (
    BUILD,
    DEV,
    OPTIONAL,
    RUNTIME,
    Extracted,
    Extractor,
    Package,
    Problem,
    bounded,
    group_scope,
    text_of,
)
from secloop.stages.build.packages.origin import clean_url
from secloop.stages.build.packages.python.pep508 import pinned, wish_text
from secloop.stages.build.packages.python.pep508 import read as read_requirement
from secloop.stages.build.purl import package_name

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile

_EXACT = lazy(r"v?\d+(?:\.\d+)*[A-Za-z0-9.+!-]*")


class Pyproject(Extractor):
    """`pyproject.toml`."""

    name = "pyproject.toml"
    ecosystem = "PyPI"
    lock = False

    def wants(self, path: str) -> bool:
        """Return whether this is a `pyproject.toml`."""
        return path.rpartition("/")[2] == "pyproject.toml"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the dependencies of every group; only exact pins have a version."""
        text = text_of(file)
        reading = _Reading(toml.parse(text), toml.Positions(text))
        reading.standard()
        reading.poetry()
        packages, problems = bounded(reading.packages, reading.problems)
        return Extracted(packages=packages, problems=problems)


class _Reading:
    """The state of one file's reading."""

    def __init__(self, document: dict[str, Any], positions: toml.Positions) -> None:
        self.document = document
        self.tool = table(document.get("tool"))
        self.positions = positions
        self.packages: list[Package] = []
        self.problems: list[Problem] = []

    def standard(self) -> None:
        """Read the tables that hold PEP 508 strings."""
        project = table(self.document.get("project"))
        self._requirements(table(self.document.get("build-system")).get("requires"), BUILD)
        self._requirements(project.get("dependencies"), RUNTIME)
        for entries in table(project.get("optional-dependencies")).values():
            self._requirements(entries, OPTIONAL)
        groups = {
            **table(self.document.get("dependency-groups")),
            **table(table(self.tool.get("pdm")).get("dev-dependencies")),
        }
        for group, entries in groups.items():
            self._requirements(entries, group_scope(group) or DEV)
        self._requirements(table(self.tool.get("uv")).get("dev-dependencies"), DEV)
        for name, env in table(table(self.tool.get("hatch")).get("envs")).items():
            for field in ("dependencies", "extra-dependencies"):
                self._requirements(table(env).get(field), group_scope(name) or DEV)

    def poetry(self) -> None:
        """Read Poetry's own tables (https://python-poetry.org/docs/dependency-specification/)."""
        poetry = table(self.tool.get("poetry"))
        self._constraints(table(poetry.get("dependencies")), "tool.poetry.dependencies", RUNTIME)
        self._constraints(table(poetry.get("dev-dependencies")), "tool.poetry.dev-dependencies", DEV)
        for group, content in table(poetry.get("group")).items():
            scope = RUNTIME if group == "main" else group_scope(group) or DEV
            self._constraints(
                table(table(content).get("dependencies")), f"tool.poetry.group.{group}.dependencies", scope
            )

    def _requirements(self, entries: Any, scope: str) -> None:
        for entry in items(entries):
            if not isinstance(entry, str):  # `{include-group = "x"}`: that group is read by itself
                continue
            line = self.positions.take(entry)
            try:
                wish = read_requirement(entry)
            except ValueError as error:
                self.problems.append(Problem(line=line, reason=f"not a requirement: {error}"))
            else:
                fields = {"constraint": wish_text(entry, wish), "origin": clean_url(wish.url)}
                self._add(wish.name, wish.version, line, scope, fields)

    def _constraints(self, entries: dict[str, Any], section: str, scope: str) -> None:
        for name, wish in entries.items():
            if name.lower() == "python":
                continue
            line = self.positions.key(section, name)
            for one in wish if isinstance(wish, list) else [wish]:
                fields = table(one)
                version = string(fields.get("version")) if fields else string(one)
                optional = fields.get("optional") is True and scope == RUNTIME
                if "path" in fields:  # a package of the tree itself
                    continue
                told = {
                    "constraint": "" if _exact(version) or version.strip() == "*" else version,
                    "origin": clean_url(string(fields.get("git")) or string(fields.get("url"))),
                }
                self._add(name, _exact(version), line, OPTIONAL if optional else scope, told)

    def _add(self, name: str, version: str, line: int, scope: str, told: dict[str, str]) -> None:
        own = package_name("PyPI", name)
        key = f"{own}:{len(self.packages)}"
        package = Package(key=key, name=own, version=version, line=line, direct=True, scope=scope, **told)  # type: ignore[arg-type]
        self.packages.append(package)


def _exact(constraint: str) -> str:
    """Return the version a Poetry constraint pins: `==1.2`, or a bare `1.2`; empty for ranges."""
    text = constraint.strip()
    return text if _EXACT.fullmatch(text) else pinned(text)
