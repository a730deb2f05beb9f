"""npm's `package-lock.json` and `npm-shrinkwrap.json` (lockfile versions 1 to 3), and `package.json`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secloop.model.regex import lazy
from secloop.model.shapes import string, table
from secloop.stages.build.packages.base import (
    BUILD,
    DEV,
    MAX_PACKAGES,
    OPTIONAL,
    RUNTIME,
    Extracted,
    Extractor,
    Package,
    Problem,
    bounded,
    text_of,
)
from secloop.stages.build.packages.javascript.names import (
    WISHES,
    Wish,
    hashes_of,
    is_local,
    is_remote,
    origin_of,
    plain_version,
    resolve,
    split_at,
    wishes_of,
    without_credentials,
)
from secloop.stages.build.packages.json import Lines, parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from secloop.scan.base import SourceFile

_MODULES = "node_modules/"
_SHRINKWRAP = "npm-shrinkwrap.json"
_INSTALLED = lazy(r"(?:^|/)node_modules/(?:@[^/]++/)?[^/]++/package\.json$")
_INSTALL_SCRIPTS = frozenset({"preinstall", "install", "postinstall"})
_YARN_2 = "@yarnpkg/cli-dist"  # the npm package of Yarn 2 and later; `yarn` there stayed at version 1
_MOST_LEVELS = 100  # of folders inside each other; npm itself stops at the length of a path


class PackageLock(Extractor):
    """`package-lock.json`, and `npm-shrinkwrap.json`, which npm prefers where both exist."""

    name = "package-lock.json"
    ecosystem = "npm"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether npm would read this file as its lock."""
        return path.rpartition("/")[2] in {"package-lock.json", _SHRINKWRAP}

    def extract(self, file: SourceFile) -> Extracted:
        """Return the installed packages with edges; version 1 leaves the direct ones to `package.json`."""
        text = text_of(file)
        document = parse_json(text)
        lines = Lines(text)
        if isinstance(document.get("packages"), dict):
            return _Modern(document["packages"], lines).read()
        return _Old(table(document.get("dependencies")), lines).read()

    def extract_beside(self, file: SourceFile, near: Mapping[str, SourceFile]) -> Extracted:
        """Return the same, nothing beside a shrinkwrap: npm reads that one then. Raises: UnreadableError."""
        folder, slash, name = file.path.rpartition("/")
        return Extracted() if name != _SHRINKWRAP and f"{folder}{slash}{_SHRINKWRAP}" in near else self.extract(file)


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
        if "unity" in document:
            return Extracted()  # a package of the Unity engine, whose registry is not npm's
        for field, scope in WISHES:
            lines.enter(field)
            for wish in wishes_of(document, field, scope):
                line = lines.take(wish.name)
                if found := _wished(wish, line, f"{field}:{wish.name}"):
                    packages.append(found)
        packages += _manager(string(document.get("packageManager")), lines.take("packageManager"))
        kept, problems = bounded(packages, [])
        return Extracted(packages=kept, problems=problems)


class InstalledPackage(Extractor):
    """`package.json` in `node_modules`: the installed package itself, in an image or another installed system."""

    name = "node_modules"
    ecosystem = "npm"

    def wants(self, path: str) -> bool:
        """Return whether this describes a package where Node.js looks for it, not a folder inside one."""
        return _INSTALLED.search(path) is not None

    def extract(self, file: SourceFile) -> Extracted:
        """Return the package. Raises: UnreadableError."""
        text = text_of(file)
        document = parse_json(text)
        name, version = string(document.get("name")).strip(), string(document.get("version")).strip()
        if not name or not version:
            return Extracted()
        scripts = table(document.get("scripts"))
        package = Package(
            key=name,
            name=name,
            version=version,
            line=Lines(text, opener='"').take("version"),
            scope=RUNTIME,
            origin=origin_of(string(document.get("_resolved")), name),
            hashes=hashes_of(string(document.get("_integrity"))),
            licenses=_licenses(document),
            install_script=not _INSTALL_SCRIPTS.isdisjoint(scripts),
        )
        return Extracted(packages=(package,))


def _wished(wish: Wish, line: int, key: str) -> Package | None:
    """Return what a wish asks for; None for a folder of the project and for no name at all."""
    found = resolve(wish.name, wish.wish)
    if not found or is_local(wish.wish):
        return None
    return Package(
        key=key,
        name=found[0],
        version=found[1],
        line=line,
        direct=True,
        scope=wish.scope,
        constraint="" if found[1] else without_credentials(wish.wish),
        origin=origin_of(wish.wish, found[0]) if is_remote(wish.wish) else "",
    )


def _manager(wish: str, line: int) -> list[Package]:
    """Return the package manager that `packageManager` pins for Corepack: `pnpm@8.6.0+sha512.<hex>`."""
    name, version = split_at(wish)
    version, _, digest = version.partition("+")
    if not name or not version[:1].isdigit():
        return []
    algorithm, _, told = digest.partition(".")
    return [
        Package(
            key="packageManager",
            name=_YARN_2 if name == "yarn" and not version.startswith(("0.", "1.")) else name,
            version=version,
            line=line,
            direct=True,
            scope=BUILD,
            hashes=(f"{algorithm}:{told}",) if told else (),
        )
    ]


class _Modern:
    """Versions 2 and 3: a flat map from install path to package; `""` and what links point at are the project's own."""

    def __init__(self, entries: dict[str, Any], lines: Lines) -> None:
        self.entries = {path: entry for path, entry in entries.items() if isinstance(entry, dict)}
        self.bad = [path for path, entry in entries.items() if not isinstance(entry, dict)]
        self.lines = lines
        self.wished: dict[str, str] = {}  # path to what a manifest asks for

    def read(self) -> Extracted:
        problems = [Problem(line=self.lines.take(path), reason=f"{path[:80]!r} is not an object") for path in self.bad]
        roots = self._roots()
        packages = [found for path, entry in self.entries.items() if (found := self._package(path, entry))]
        kept, problems_out = bounded(packages, problems)
        return Extracted(packages=kept, problems=problems_out, roots=roots)

    def _package(self, path: str, entry: dict[str, Any]) -> Package | None:
        name = string(entry.get("name")) or path.rpartition(_MODULES)[2]
        if not path or entry.get("link") is True or not name:
            return None
        needs = [self._find(path, need) for field, _ in WISHES[:3] for need in table(entry.get(field))]
        return Package(
            key=path,
            name=name,
            version=plain_version(string(entry.get("version"))),
            line=self.lines.take(path),
            needs=tuple(dict.fromkeys(need for need in needs if need)),
            scope=_flagged(entry),
            own=_MODULES not in path,
            constraint=self.wished.get(path, ""),
            origin=origin_of(string(entry.get("resolved")), name),
            hashes=hashes_of(string(entry.get("integrity"))),
            licenses=_licenses(entry),
            install_script=entry.get("hasInstallScript") is True,
        )

    def _roots(self) -> dict[str, str] | None:
        """Return what the root and the workspace members ask for; None when the lock has no root entry."""
        own = [(path, entry) for path, entry in self.entries.items() if _MODULES not in path]
        if not own:
            return None
        roots: dict[str, str] = {}
        for field, scope in WISHES:
            for path, entry in own:
                for wish in wishes_of(entry, field, scope):
                    key = self._find(path, wish.name)
                    if key and _MODULES in key:
                        roots.setdefault(key, wish.scope)
                        self.wished.setdefault(key, without_credentials(wish.wish))
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


def _licenses(entry: dict[str, Any]) -> tuple[str, ...]:
    """Return the declared licences: a string, or in old packages an object or array of objects with `type`."""
    told = entry.get("license") or entry.get("licenses")
    listed = told if isinstance(told, list) else [told]
    names = (string(one) or string(table(one).get("type")) for one in listed)
    return tuple(dict.fromkeys(name for name in names if name))


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
            found = resolve(name, wish) if wish.startswith("npm:") else (name, plain_version(wish))
            if not found or is_local(wish):
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
                    origin=origin_of(wish if is_remote(wish) else string(entry.get("resolved")), found[0]),
                    hashes=hashes_of(string(entry.get("integrity"))),
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
