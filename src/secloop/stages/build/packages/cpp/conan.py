"""Conan: `conan.lock`, versions 0.0 to 0.5, `conanfile.txt`, and the literals of `conanfile.py`."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any, NamedTuple

from secloop.model.regex import lazy
from secloop.model.shapes import items, string, table
from secloop.stages.build.packages.base import (
    BUILD,
    RUNTIME,
    SCOPES,
    TEST,
    Extracted,
    Extractor,
    Package,
    UnreadableError,
    bounded,
    text_of,
)
from secloop.stages.build.packages.json import parse_json
from secloop.stages.build.packages.wishes import ValueLines, Wishes, extracted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.scan.base import SourceFile

# https://docs.conan.io/2/reference/conanfile/attributes.html: name/version[@user/channel][#revision][:package][%time]
_REFERENCE = lazy(r"([A-Za-z0-9_][\w+.-]*)/([^@#:%\s\[/]+|\[[^\]]*\])(?:@([^#:%\s]*))?(?:[#:%].*)?")
_LISTS = (("requires", RUNTIME), ("build_requires", BUILD), ("python_requires", BUILD), ("config_requires", BUILD))
_SECTIONS = {"requires": RUNTIME, "build_requires": BUILD, "tool_requires": BUILD, "test_requires": TEST}
_PYTHON = lazy(r"\b(build_|tool_|test_)?requires\b(?:\(|[^\n=]*=)([^\n]*)")
_STRING = lazy(r"[\"']([^\"']+)[\"']")


class _Reference(NamedTuple):
    name: str
    version: str
    channel: str


class ConanLock(Extractor):
    """`conan.lock`: a graph before version 0.5, lists since."""

    name = "conan.lock"
    ecosystem = "ConanCenter"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is a lock file of Conan."""
        return posixpath.basename(path) == "conan.lock"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the packages; the consumer's own node is none, what it needs is direct."""
        text = text_of(file)
        document = parse_json(text)
        lines = ValueLines(text, r"\"([^\"\\\n/]++/[^\"\\\n]*+)\"")
        if isinstance(document.get("graph_lock"), dict):
            return _graph(table(document["graph_lock"].get("nodes")), lines)
        if document and not document.keys() & {"version", "requires"}:
            raise UnreadableError("not a lock file: it has neither a graph nor requirements", 1)
        packages: dict[str, Package] = {}
        for field, scope in _LISTS:
            for text_ in map(string, items(document.get(field))):
                if found := _reference(text_):
                    key = f"{found.name}@{found.version}"
                    packages.setdefault(key, _package(key, found, lines.take(text_), scope=scope))
        return extracted(list(packages.values()))


class ConanFile(Extractor):
    """`conanfile.txt`, and `conanfile.py`, which is code: its literals are read, nothing is run."""

    name = "conanfile"
    ecosystem = "ConanCenter"

    def wants(self, path: str) -> bool:
        """Return whether this is a recipe or a list of requirements."""
        return posixpath.basename(path) in {"conanfile.txt", "conanfile.py"}

    def extract(self, file: SourceFile) -> Extracted:
        """Return the wishes; a version in brackets is a range."""
        text, wishes = text_of(file), Wishes()
        listed = _listed(text) if file.path.endswith(".txt") else _written(text)
        for number, scope, reference in listed:
            if found := _reference(reference):
                ranged = found.version.startswith("[")
                version, constraint = ("", found.version.strip("[]")) if ranged else (found.version, "")
                wishes.add(found.name, number, version=version, constraint=constraint, scope=scope)
        return wishes.extracted()


def _listed(text: str) -> Iterator[tuple[int, str, str]]:
    section = ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.partition(" #")[0].strip()
        if line.startswith("["):
            section = line.strip("[]")
        elif section in _SECTIONS and line and not line.startswith("#"):
            yield number, _SECTIONS[section], line


def _written(text: str) -> Iterator[tuple[int, str, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if (found := _PYTHON.search(line)) and not line.lstrip().startswith("#"):
            scope = _SECTIONS[f"{found[1] or ''}requires"]
            yield from ((number, scope, reference) for reference in _STRING.findall(found[2]))


def _reference(text: str) -> _Reference | None:
    found = _REFERENCE.fullmatch(text.strip())
    return _Reference(found[1], found[2], found[3] or "") if found else None


def _package(key: str, found: _Reference, line: int, *, scope: str = "", needs: tuple[str, ...] = ()) -> Package:
    user, _, channel = found.channel.strip("_/").partition("/")
    return Package(
        key=key,
        name=found.name,
        version=found.version,
        line=line,
        needs=needs,
        scope=scope,
        qualifiers=(("channel", channel), ("user", user)),
    )


def _graph(nodes: dict[str, Any], lines: ValueLines) -> Extracted:
    packages: list[Package] = []
    roots: dict[str, str] = {}
    known = False
    needed = {one for node in map(table, nodes.values()) for one in _ids(node.get("requires"))}
    for key, entry in nodes.items():
        node = table(entry)
        text = string(node.get("ref")) or string(node.get("pref"))
        needs, builds = _ids(node.get("requires")), _ids(node.get("build_requires"))
        found = _reference(text)
        # The consumer has a path, and so has a package in editable mode, which something needs.
        if not text or ("path" in node and key not in needed):
            known = True
            for need, scope in (*((one, RUNTIME) for one in needs), *((one, BUILD) for one in builds)):
                roots[need] = min(scope, roots.get(need, scope), key=SCOPES.index)
        elif found:
            scope = BUILD if node.get("context") == "build" else ""
            packages.append(_package(key, found, lines.take(text), scope=scope, needs=(*needs, *builds)))
    kept, problems = bounded(packages, [])
    return Extracted(packages=kept, problems=problems, roots=roots if known else None)


def _ids(value: Any) -> tuple[str, ...]:
    """Return the node ids of a list, or of the values of a table (before version 0.2)."""
    return tuple(string(one) for one in (value.values() if isinstance(value, dict) else items(value)))
