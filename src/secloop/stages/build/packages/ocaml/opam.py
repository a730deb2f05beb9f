"""opam: `*.opam`, `*.opam.locked`, installed packages; and the lock folder of dune (`dune.lock/*.pkg`)."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import (
    BUILD,
    DEV,
    OPTIONAL,
    RUNTIME,
    TEST,
    Extracted,
    Extractor,
    Package,
    text_of,
)
from secloop.stages.build.packages.wishes import LineIndex, Wishes, extracted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.scan.base import SourceFile

_INSTALLED = lazy(r"\.opam-switch/packages/([A-Za-z0-9_+-]+)\.([^/]+)/opam$")
_FIELD = lazy(r"^(depends|depopts)\s*:\s*\[", re.MULTILINE)
# A name in quotes and the filter in braces behind it; comments are passed over.
_ENTRY = lazy(r"#[^\n]*|\"([A-Za-z0-9_+-]+)\"\s*(\{(?:[^{}\"]|\"[^\"]*\")*\})?|(\])")
_VERSION = lazy(r"([=<>!]+)\s*\"([^\"]*)\"")
_PKG = lazy(r"dune\.lock/([^/]+)\.pkg$")
_PKG_VERSION = lazy(r"\(\s*version\s+\"?([^\s()\"]+)\"?\s*\)")


class OpamLocked(Extractor):
    """`*.opam.locked`: exact versions of everything that a package depends on."""

    name = "*.opam.locked"
    ecosystem = "opam"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is a lock file of opam."""
        return path.endswith(".opam.locked")

    def extract(self, file: SourceFile) -> Extracted:
        """Return the packages that have a version."""
        packages = {}
        for name, line, version, _, scope in _entries(text_of(file)):
            if version:
                packages[name] = Package(key=name, name=name, version=version, line=line, scope=scope)
        return extracted(list(packages.values()))


class OpamFile(Extractor):
    """`*.opam` and `opam`: an installed package is itself, which its path tells; else what it depends on."""

    name = "*.opam"
    ecosystem = "opam"

    def wants(self, path: str) -> bool:
        """Return whether this is a package description of opam."""
        return path.endswith(".opam") or posixpath.basename(path) == "opam"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the package or its wishes; OCaml itself is one of them, as opam installs it."""
        if found := _INSTALLED.search(file.path):
            return Extracted(packages=(Package(key=found[1], name=found[1], version=found[2], line=1),))
        wishes = Wishes()
        for name, line, version, constraint, scope in _entries(text_of(file)):
            wishes.add(name, line, version=version, constraint=constraint, scope=scope)
        return wishes.extracted()


class DuneLock(Extractor):
    """`dune.lock/<name>.pkg`: one package of a lock folder of dune."""

    name = "dune.lock"
    ecosystem = "opam"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether dune keeps a locked package under this path."""
        return _PKG.search(path) is not None

    def extract(self, file: SourceFile) -> Extracted:
        """Return the package; one without a version stands in the tree."""
        text = text_of(file)
        name, version = _PKG.search(file.path), _PKG_VERSION.search(text)
        if name is None or version is None:
            return Extracted()
        line = text.count("\n", 0, version.start()) + 1
        return Extracted(packages=(Package(key=name[1], name=name[1], version=version[1], line=line),))


def _entries(text: str) -> Iterator[tuple[str, int, str, str, str]]:
    """Yield name, line, exact version, constraint and scope of every entry of `depends` and `depopts`."""
    lines = LineIndex(text)
    for field in _FIELD.finditer(text):
        for found in _ENTRY.finditer(text, field.end()):
            if found[3]:
                break
            if found[1]:
                filters = found[2] or ""
                versions = _VERSION.findall(filters)
                exact = versions[0][1] if len(versions) == 1 and versions[0][0] == "=" else ""
                wish = " & ".join(f"{operator} {version}" for operator, version in versions)
                line = lines.at(found.start())
                yield found[1], line, exact, wish, OPTIONAL if field[1] == "depopts" else _scope(filters)


def _scope(filters: str) -> str:
    """Return the scope of a filter's words (opam manual, "Package variables")."""
    for word, scope in (("with-test", TEST), ("with-doc", DEV), ("with-dev-setup", DEV), ("build", BUILD)):
        if re.search(rf"(?<![\w-]){word}(?![\w-])", filters):
            return scope
    return RUNTIME
