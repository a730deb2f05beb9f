"""Maven artifacts of Bazel builds: the lock file, and what is asked for.

The lock is `maven_install.json` or `NAME_install.json`; artifacts are asked for in `MODULE.bazel` (`maven.install`,
`maven.artifact`) or `WORKSPACE` (`maven_install`), see https://github.com/bazel-contrib/rules_jvm_external.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from secloop.model.regex import lazy
from secloop.model.shapes import items, string, table
from secloop.stages.build.packages.base import (
    RUNTIME,
    TEST,
    Extracted,
    Extractor,
    Package,
    Problem,
    UnreadableError,
    bounded,
    text_of,
)
from secloop.stages.build.packages.java.coordinates import name_of, pinned
from secloop.stages.build.packages.java.starlark import Values, parse
from secloop.stages.build.packages.json import Lines, parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.scan.base import SourceFile

_RULES = "rules_jvm_external"
_FILES = frozenset({"module.bazel", "workspace", "workspace.bazel", "build.bazel"})
_PARTS = range(2, 6)
_COORDINATES = lazy(r"([^:@\s]+):([^:@\s]+)(?::[^:@\s]+){0,2}?:([^:@\s]+)")


class MavenInstall(Extractor):
    """`maven_install.json`, of all three versions of the format."""

    name = "maven_install.json"
    ecosystem = "Maven"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether the name is that of such a lock."""
        return path.endswith("_install.json")

    def extract(self, file: SourceFile) -> Extracted:
        """Return artifacts and edges. Raises: UnreadableError, also when it is another tool's file of this name."""
        text = text_of(file)
        document = parse_json(text)
        tree = document.get("dependency_tree")
        if isinstance(tree, dict):
            return _first_format(items(tree.get("dependencies")), text)
        if isinstance(document.get("artifacts"), dict):
            return _second_format(document, Lines(text))
        raise UnreadableError("not usable: neither a dependency_tree nor artifacts in it", 1)


def _first_format(entries: list[Any], text: str) -> Extracted:
    """Read the list of `coord` with `directDependencies`."""
    lines = Lines(text, opener='"{[')
    spots = _lines_of_coordinates(text)
    found: dict[str, Package] = {}
    problems: list[Problem] = []
    for entry in entries:
        coordinates = string(table(entry).get("coord"))
        parts = _COORDINATES.fullmatch(coordinates)
        if not parts:
            problems.append(Problem(line=lines.take("coord"), reason=f"{coordinates[:80]!r} names no artifact"))
        elif ":sources:" not in coordinates and ":javadoc:" not in coordinates:
            found[coordinates] = Package(
                key=coordinates,
                name=name_of(parts[1], parts[2]),
                version=parts[3],
                line=spots.get(coordinates, 1),
                needs=tuple(string(one) for one in items(entry.get("directDependencies"))),
                hashes=_sha256(string(entry.get("sha256"))),
            )
    packages, bad = bounded(list(found.values()), problems)
    return Extracted(packages=packages, problems=bad)


def _lines_of_coordinates(text: str) -> dict[str, int]:
    out: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if '"coord"' in line:
            out.setdefault(line.split('"')[3] if line.count('"') > 3 else "", number)  # noqa: PLR2004 - key and value
    return out


def _second_format(document: dict[str, Any], lines: Lines) -> Extracted:
    """Read the map of `group:artifact[:type[:classifier]]`; the hash of the input names what is asked for, since 3."""
    entries, edges = table(document["artifacts"]), table(document.get("dependencies"))
    lines.enter("artifacts")
    found: list[Package] = []
    problems: list[Problem] = []
    for key, entry in entries.items():
        line, parts = lines.take(key), key.split(":")
        version = string(table(entry).get("version"))
        if len(parts) < 2 or not version:  # noqa: PLR2004 - group and artifact
            problems.append(Problem(line=line, reason=f"{key[:80]!r} has no version"))
            continue
        hashes = table(table(entry).get("shasums"))
        found.append(
            Package(
                key=key,
                name=name_of(parts[0], parts[1]),
                version=version,
                line=line,
                needs=tuple(string(one) for one in items(edges.get(key))),
                hashes=_sha256(string(hashes.get("jar")) or string(hashes.get("aar"))),
            )
        )
    asked = document.get("__INPUT_ARTIFACTS_HASH")
    roots = {key: RUNTIME for key in asked if key in entries} if isinstance(asked, dict) else None
    packages, bad = bounded(found, problems)
    return Extracted(packages=packages, problems=bad, roots=roots or None)


def _sha256(value: str) -> tuple[str, ...]:
    return (f"sha256:{value}",) if value else ()


class BazelFile(Extractor):
    """`MODULE.bazel` and `WORKSPACE`: the artifacts that a build asks Maven repositories for."""

    name = "MODULE.bazel"
    ecosystem = "Maven"

    def wants(self, path: str) -> bool:
        """Return whether this is a file in which a build names what comes from outside."""
        return path.rpartition("/")[2].lower() in _FILES

    def extract(self, file: SourceFile) -> Extracted:
        """Return the artifacts that are named by strings, lists and sums of both. Raises: UnreadableError."""
        text = text_of(file)
        if _RULES not in text:
            return Extracted()
        packages, problems = bounded(list(_Asked(parse(text)).read()), [])
        return Extracted(packages=packages, problems=problems)


class _Asked:
    """The statements of a file, from the top."""

    def __init__(self, module: ast.Module) -> None:
        self._module = module
        self._values = Values()
        self._functions: set[str] = set()
        self._extensions: set[str] = set()

    def read(self) -> Iterator[Package]:
        for statement in self._module.body:
            if isinstance(statement, ast.Assign):
                self._values.assign(statement)
                self._extension(statement)
            elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
                yield from self._call(statement.value)

    def _extension(self, statement: ast.Assign) -> None:
        """Remember the name of `use_extension("@rules_jvm_external//:extensions.bzl", "maven")`."""
        call, target = statement.value, statement.targets[0]
        if isinstance(call, ast.Call) and isinstance(target, ast.Name) and _name(call.func) == "use_extension":
            texts = [self._values.text(one) or "" for one in call.args]
            if texts[1:2] == ["maven"] and _RULES in texts[0]:
                self._extensions.add(target.id)

    def _call(self, call: ast.Call) -> Iterator[Package]:
        function = call.func
        told = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
        if isinstance(function, ast.Name):
            if function.id == "load":
                self._load(call)
            elif function.id in self._functions:
                yield from self._artifacts(told.get("artifacts"))
        elif isinstance(function, ast.Attribute) and _name(function.value) in self._extensions:
            if function.attr == "install":
                yield from self._artifacts(told.get("artifacts"))
            elif function.attr == "artifact":
                yield from self._artifact(call, told)

    def _load(self, call: ast.Call) -> None:
        """Remember under which name a file of the rules gives `maven_install`."""
        names = [self._values.text(one) or "" for one in call.args]
        if not names or not names[0].startswith("@rules_jvm_external//"):
            return
        self._functions.update(name for name in names[1:] if name == "maven_install")
        renamed = {one.arg: self._values.text(one.value) for one in call.keywords if one.arg}
        self._functions.update(name for name, given in renamed.items() if given == "maven_install")

    def _artifacts(self, node: ast.expr | None) -> Iterator[Package]:
        for text, line in self._values.texts(node):
            parts = text.split(":")  # group:artifact[:type[:classifier]][:version]
            if len(parts) in _PARTS and all(parts):
                version = parts[-1] if len(parts) > _PARTS.start else ""
                yield _package((parts[0], parts[1], version), line, RUNTIME)

    def _artifact(self, call: ast.Call, told: dict[str, ast.expr]) -> Iterator[Package]:
        group, artifact, version = (self._values.text(told.get(key)) or "" for key in ("group", "artifact", "version"))
        only = told.get("testonly")
        scope = TEST if isinstance(only, ast.Constant) and only.value is True else RUNTIME
        if group and artifact:
            yield _package((group, artifact, version), call.lineno, scope)


def _package(found: tuple[str, str, str], line: int, scope: str) -> Package:
    group, artifact, wish = found
    version = pinned(wish)
    return Package(
        key=f"{group}:{artifact}:{line}",
        name=name_of(group, artifact),
        version=version,
        line=line,
        direct=True,
        scope=scope,
        constraint="" if version else wish,
    )


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""
