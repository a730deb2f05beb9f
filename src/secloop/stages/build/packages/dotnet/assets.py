"""What the SDK writes: `obj/project.assets.json` at restore, `NAME.deps.json` beside a built program.

Both hold `libraries` by `name/version` and, by target framework, what each needs. The format of the second:
https://github.com/dotnet/sdk/blob/main/documentation/specs/runtime-configuration-file.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secloop.model.shapes import string, table
from secloop.stages.build.packages.base import (
    BUILD,
    RUNTIME,
    Extracted,
    Extractor,
    Package,
    Problem,
    UnreadableError,
    bounded,
    text_of,
)
from secloop.stages.build.packages.dotnet.versions import hash_of
from secloop.stages.build.packages.json import Lines, parse_json

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile

_PACKS = "runtimepack."
"""Before the name of a runtime that a self-contained program brings along; no package has it in its name."""

_NOT_INSTALLED = frozenset({"reference", "referenceassembly"})


class DepsJson(Extractor):
    """`NAME.deps.json`: what a built program loads."""

    name = "deps.json"
    ecosystem = "NuGet"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether the name is that of such a file."""
        return path.lower().endswith(".deps.json")

    def extract(self, file: SourceFile) -> Extracted:
        """Return packages and edges; what the program's own projects need is direct. Raises: UnreadableError."""
        return _Libraries(text_of(file)).read({})


class ProjectAssets(Extractor):
    """`project.assets.json`: what a project's packages resolve to."""

    name = "project.assets.json"
    ecosystem = "NuGet"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is the file of a restore."""
        return path.rpartition("/")[2].lower() == "project.assets.json"

    def extract(self, file: SourceFile) -> Extracted:
        """Return packages and edges; direct is what the project asks for. Raises: UnreadableError."""
        libraries = _Libraries(text_of(file))
        frameworks = table(table(libraries.document.get("project")).get("frameworks"))
        wishes: dict[str, str] = {}
        for framework in frameworks.values():
            for name, wish in table(table(framework).get("dependencies")).items():
                private = string(table(wish).get("suppressParent")).lower() == "all"
                wishes[name.lower()] = BUILD if private else RUNTIME
        return libraries.read(wishes)


class _Libraries:
    def __init__(self, text: str) -> None:
        self.document = parse_json(text)
        if not isinstance(self.document.get("libraries"), dict):
            raise UnreadableError("not usable: it has no libraries", 1)
        self._libraries = table(self.document["libraries"])
        self._lines = Lines(text)
        self._lines.enter("libraries")
        self._problems: list[Problem] = []

    def read(self, wishes: dict[str, str]) -> Extracted:
        """Return the libraries; `wishes` are the lower-case names of direct ones, by scope."""
        needs = self._needs()
        found = [self._package(key, entry, needs.get(key, ())) for key, entry in self._libraries.items()]
        packages = [package for package in found if package]
        roots = {need: RUNTIME for package in packages if package.own for need in package.needs}
        roots.update({one.key: wishes[one.name.lower()] for one in packages if one.name.lower() in wishes})
        kept, problems = bounded(packages, self._problems)
        return Extracted(packages=kept, problems=problems, roots=roots or None)

    def _package(self, key: str, entry: Any, needs: tuple[str, ...]) -> Package | None:
        line = self._lines.take(key)
        name, slash, version = key.rpartition("/")
        kind = string(table(entry).get("type")).lower()
        if not (isinstance(entry, dict) and slash and name and version):
            self._problems.append(Problem(line=line, reason=f"{key[:80]!r} is no name/version"))
            return None
        if kind in _NOT_INSTALLED:
            return None
        return Package(
            key=key,
            name=name.removeprefix(_PACKS),
            version=version,
            line=line,
            needs=needs,
            own=kind == "project",
            hashes=hash_of(string(entry.get("sha512"))),
        )

    def _needs(self) -> dict[str, tuple[str, ...]]:
        """Return the edges of all targets; a name means the version that the same target has."""
        found: dict[str, dict[str, None]] = {}
        for target in table(self.document.get("targets")).values():
            keys = {key.rpartition("/")[0].lower(): key for key in table(target)}
            for key, entry in table(target).items():
                named = [keys.get(need.lower()) for need in table(table(entry).get("dependencies"))]
                found.setdefault(key, {}).update(dict.fromkeys(need for need in named if need))
        return {key: tuple(needs) for key, needs in found.items()}
