"""npm's `package-lock.json` and `npm-shrinkwrap.json` (lockfile versions 1 to 3), and `package.json`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from secloop.stages.build.packages.base import (
    DEV,
    MAX_PACKAGES,
    OPTIONAL,
    RUNTIME,
    Extracted,
    Extractor,
    Package,
    Problem,
    bounded,
    string,
    table,
    text_of,
)
from secloop.stages.build.packages.json import Lines, parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.scan.base import SourceFile

_MODULES = "node_modules/"
_EXACT = re.compile(r"[v=\s]*(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)\s*")
_MOST_LEVELS = 100  # of folders inside each other; npm itself stops at the length of a path
_WISHES = (
    ("dependencies", RUNTIME),
    ("peerDependencies", RUNTIME),
    ("optionalDependencies", OPTIONAL),
    ("devDependencies", DEV),
)


class PackageLock(Extractor):
    """`package-lock.json`, and `npm-shrinkwrap.json`, which npm prefers where both exist."""

    name = "package-lock.json"
    ecosystem = "npm"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether npm would read this file as its lock."""
        return path.rpartition("/")[2] in {"package-lock.json", "npm-shrinkwrap.json"}

    def extract(self, file: SourceFile) -> Extracted:
        """Return the installed packages with edges; version 1 leaves the direct ones to `package.json`."""
        text = text_of(file)
        document = parse_json(text)
        lines = Lines(text)
        if isinstance(document.get("packages"), dict):
            return _Modern(document["packages"], lines).read()
        return _Old(table(document.get("dependencies")), lines).read()


class PackageJson(Extractor):
    """`package.json`: wishes, of which only exact ones have a version."""

    name = "package.json"
    ecosystem = "npm"
    lock = False

    def wants(self, path: str) -> bool:
        """Return whether this is a `package.json` of the project, not of an installed package."""
        return path.rpartition("/")[2] == "package.json" and _MODULES not in path

    def extract(self, file: SourceFile) -> Extracted:
        """Return the dependencies of every kind."""
        text = text_of(file)
        document, lines = parse_json(text), Lines(text, opener='{"')
        packages: list[Package] = []
        for field, scope in _WISHES:
            lines.enter(field)
            for name, wish in table(document.get(field)).items():
                line = lines.take(name)
                if (found := _resolve(name, string(wish))) and not _is_local(string(wish)):
                    real, version = found
                    key = f"{real}:{len(packages)}"
                    packages.append(Package(key=key, name=real, version=version, line=line, direct=True, scope=scope))
        kept, problems = bounded(packages, [])
        return Extracted(packages=kept, problems=problems)


def _is_local(wish: str) -> bool:
    return wish.startswith(("file:", "link:", "workspace:", "portal:", "./", "../", "/"))


def _resolve(name: str, wish: str) -> tuple[str, str] | None:
    """Return (real name, exact version or empty) of a wish; an alias `npm:real@1.0.0` names another package."""
    if not name:
        return None
    if wish.startswith("npm:"):
        alias, _, version = wish.removeprefix("npm:").rpartition("@")
        name, wish = (alias, version) if alias else (wish.removeprefix("npm:"), "")
    exact = _EXACT.fullmatch(wish)
    return name, exact[1] if exact else ""


class _Modern:
    """Versions 2 and 3: a flat map from install path to package; `""` and what links point at are the project's own."""

    def __init__(self, entries: dict[str, Any], lines: Lines) -> None:
        self.entries = {path: entry for path, entry in entries.items() if isinstance(entry, dict)}
        self.bad = [path for path, entry in entries.items() if not isinstance(entry, dict)]
        self.lines = lines

    def read(self) -> Extracted:
        problems = [Problem(line=self.lines.take(path), reason=f"{path[:80]!r} is not an object") for path in self.bad]
        packages = [found for path, entry in self.entries.items() if (found := self._package(path, entry))]
        kept, problems_out = bounded(packages, problems)
        return Extracted(packages=kept, problems=problems_out, roots=self._roots())

    def _package(self, path: str, entry: dict[str, Any]) -> Package | None:
        name = string(entry.get("name")) or path.rpartition(_MODULES)[2]
        if not path or entry.get("link") is True or not name:
            return None
        needs = [self._find(path, need) for field, _ in _WISHES[:3] for need in table(entry.get(field))]
        return Package(
            key=path,
            name=name,
            version=_plain_version(string(entry.get("version"))),
            line=self.lines.take(path),
            needs=tuple(dict.fromkeys(need for need in needs if need)),
            scope=_flagged(entry),
            own=_MODULES not in path,
        )

    def _roots(self) -> dict[str, str] | None:
        """Return what the root and the workspace members ask for; None when the lock has no root entry."""
        own = [(path, entry) for path, entry in self.entries.items() if _MODULES not in path]
        if not own:
            return None
        roots: dict[str, str] = {}
        for field, scope in _WISHES:
            for path, entry in own:
                for name in table(entry.get(field)):
                    key = self._find(path, name)
                    if key and _MODULES in key:
                        roots.setdefault(key, scope)
        return roots

    def _find(self, path: str, name: str) -> str:
        """Return the path that `require(name)` finds from `path`: the nearest `node_modules` upwards, through links."""
        base = path
        for _ in range(_MOST_LEVELS):
            candidate = f"{base}/{_MODULES}{name}" if base else f"{_MODULES}{name}"
            if entry := self.entries.get(candidate):
                target = string(entry.get("resolved"))
                return target if entry.get("link") is True and target in self.entries else candidate
            if not base:
                break
            base = _parent(base)
        return ""


def _parent(path: str) -> str:
    """Return the folder whose `node_modules` is looked at next, one package or one folder up."""
    head, modules, _ = path.rpartition(f"/{_MODULES}")
    if modules:
        return head
    return "" if path.startswith(_MODULES) else path.rpartition("/")[0]


def _plain_version(version: str) -> str:
    """Return a registry version; URLs, tarballs and git references have none that advisories speak of."""
    return "" if ":" in version or "#" in version else version


def _flagged(entry: dict[str, Any]) -> str:
    """Return the scope of npm's own flags; `devOptional` still installs as an optional package without dev."""
    if entry.get("dev") is True:
        return DEV
    return OPTIONAL if entry.get("optional") is True or entry.get("devOptional") is True else RUNTIME


class _Old:
    """Version 1: packages nested as they are installed."""

    def __init__(self, dependencies: dict[str, Any], lines: Lines) -> None:
        self.top = dependencies
        self.lines = lines
        self.packages: list[Package] = []
        self.problems: list[Problem] = []

    def read(self) -> Extracted:
        for path, name, entry, chain in self._walk():
            line = self.lines.take(name)
            if not isinstance(entry, dict):
                self.problems.append(Problem(line=line, reason=f"{name[:80]!r} is not an object"))
                continue
            wish = string(entry.get("version"))
            found = _resolve(name, wish) if wish.startswith("npm:") else (name, _plain_version(wish))
            if not found or _is_local(wish):
                continue
            needs = [_find_old([*chain, entry], need, path) for need in table(entry.get("requires"))]
            self.packages.append(
                Package(
                    key=path,
                    name=found[0],
                    version=found[1],
                    line=line,
                    needs=tuple(need for need in needs if need),
                    scope=_flagged(entry),
                ),
            )
        kept, problems = bounded(self.packages, self.problems)
        return Extracted(packages=kept, problems=problems)

    def _walk(self) -> Iterator[tuple[str, str, Any, list[dict[str, Any]]]]:
        """Yield (install path, name, entry, enclosing entries) in document order, without recursion."""
        root: dict[str, Any] = {"dependencies": self.top}
        stack = [(f"{_MODULES}{name}", name, entry, [root]) for name, entry in reversed(self.top.items())]
        count = 0
        while stack and count <= MAX_PACKAGES:
            path, name, entry, chain = stack.pop()
            count += 1
            yield path, name, entry, chain
            inner = table(table(entry).get("dependencies"))
            below = [*chain, entry] if inner else chain
            stack += [(f"{path}/{_MODULES}{n}", n, e, below) for n, e in reversed(inner.items())]


def _find_old(chain: list[dict[str, Any]], name: str, path: str) -> str:
    """Return the install path of `name` as required from `path`, whose enclosing entries are `chain`."""
    base = path
    for entry in chain[: -_MOST_LEVELS - 1 : -1]:
        if name in table(entry.get("dependencies")):
            return f"{base}/{_MODULES}{name}" if base else f"{_MODULES}{name}"
        base = base.rpartition(f"/{_MODULES}")[0] if f"/{_MODULES}" in base else ""
    return ""
