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
_ASSETS = frozenset({"runtime", "runtimeTargets", "native", "resources"})
"""What of a library stands beside the program; one without any is a name in a graph, its code is the framework's."""


class DepsJson(Extractor):
    """`NAME.deps.json`: what a built program loads."""

    name = "deps.json"
    ecosystem = "NuGet"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether the name is that of such a file."""
        return path.lower().endswith(".deps.json")

    def extract(self, file: SourceFile) -> Extracted:
        """Return packages, edges and the program's own projects, which are what is installed here.

        What the projects need is direct. Raises: UnreadableError.
        """
        return _Libraries(text_of(file), built=True).read({})


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
    """The libraries of a document; `built` says that it lies beside a program, whose projects are a part of it."""

    def __init__(self, text: str, *, built: bool = False) -> None:
        self.document = parse_json(text)
        self._built = built
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
        projects = [package for package in packages if self._kind(package.key) == "project"]
        roots = {need: RUNTIME for package in projects for need in package.needs}
        roots.update((package.key, RUNTIME) for package in projects)
        roots.update({one.key: wishes[one.name.lower()] for one in packages if one.name.lower() in wishes})
        kept, problems = bounded(packages, self._problems)
        return Extracted(packages=kept, problems=problems, roots=roots or None)

    def _package(self, key: str, entry: Any, needs: tuple[str, ...]) -> Package | None:
        line = self._lines.take(key)
        name, slash, version = key.rpartition("/")
        kind = self._kind(key)
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
            own=not self._built if kind == "project" else not self._is_shipped(key),
            ecosystem="generic" if kind == "project" else "",
            hashes=hash_of(string(entry.get("sha512"))),
        )

    def _kind(self, key: str) -> str:
        return string(table(self._libraries.get(key)).get("type")).lower()

    def _is_shipped(self, key: str) -> bool:
        """Return whether the target that the program was built for has files of a library; True where nothing tells."""
        if not self._built:
            return True
        name = string(table(self.document.get("runtimeTarget")).get("name"))
        target = table(self.document.get("targets")).get(name)
        return key not in table(target) or bool(table(table(target)[key]).keys() & _ASSETS)

    def _needs(self) -> dict[str, tuple[str, ...]]:
        """Return the edges of all targets; a name means the version that the same target has."""
        found: dict[str, dict[str, None]] = {}
        for target in table(self.document.get("targets")).values():
            keys = {key.rpartition("/")[0].lower(): key for key in table(target)}
            for key, entry in table(target).items():
                named = [keys.get(need.lower()) for need in table(table(entry).get("dependencies"))]
                found.setdefault(key, {}).update(dict.fromkeys(need for need in named if need))
        return {key: tuple(needs) for key, needs in found.items()}
