"""`Cargo.lock`, versions 1 to 4, and `Cargo.toml` (https://doc.rust-lang.org/cargo/reference/manifest.html)."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from secloop.model.regex import lazy
from secloop.model.shapes import items, string, table
from secloop.stages.build.packages import toml
from secloop.stages.build.packages.base import (
    BUILD,
    DEV,
    OPTIONAL,
    RUNTIME,
    SCOPES,
    Extracted,
    Extractor,
    Package,
    Problem,
    UnreadableError,
    bounded,
    text_of,
)
from secloop.stages.build.packages.origin import clean_url, hex_hash
from secloop.stages.build.packages.wishes import Wishes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from secloop.scan.base import SourceFile

_TABLES = (("dependencies", RUNTIME), ("build-dependencies", BUILD), ("dev-dependencies", DEV))
_EXACT = lazy(r"=\s*(\d+\.\d+\.\d+\S*)")
_CRATES_IO = ("registry+https://github.com/rust-lang/crates.io-index", "sparse+https://index.crates.io")
_MEMBERS = lazy(r"^\s*members\s*=\s*\[([^\]]*)\]", re.MULTILINE)
_STRING = lazy(r"[\"']([^\"']+)[\"']")
_MOST_LEVELS = 4  # folders between a workspace and its member
_MOST_MEANT = 16  # versions that an edge without a version may mean


class CargoLock(Extractor):
    """`Cargo.lock`: packages without a source are the workspace's own, what they need is direct."""

    name = "Cargo.lock"
    ecosystem = "crates.io"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is a `Cargo.lock`."""
        return posixpath.basename(path) == "Cargo.lock"

    def extract(self, file: SourceFile) -> Extracted:
        """Return packages with edges, checksums and sources."""
        return _Lock(file).extracted({})

    def extract_beside(self, file: SourceFile, near: Mapping[str, SourceFile]) -> Extracted:
        """Return the packages, with the scopes that the manifests of the workspace give its direct dependencies."""
        wishes: dict[str, dict[str, str]] = {}
        for path, other in near.items():
            if posixpath.basename(path) == "Cargo.toml":
                wishes.update(_scopes(other))
        return _Lock(file).extracted(wishes)


class CargoToml(Extractor):
    """`Cargo.toml`; silent where the lock of its workspace holds its package."""

    name = "Cargo.toml"
    ecosystem = "crates.io"

    def wants(self, path: str) -> bool:
        """Return whether this is a `Cargo.toml`."""
        return posixpath.basename(path) == "Cargo.toml"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the wishes; only `=1.2.3` pins a version."""
        text = text_of(file)
        document, positions = toml.parse(text), toml.Positions(text)
        if not document.keys() & {"package", "workspace", "project", "dependencies"} and document:
            raise UnreadableError("not a manifest: it has neither a package nor a workspace", 1)
        wishes = Wishes()
        crate = table(document.get("package")) or table(document.get("project"))
        if name := string(crate.get("name")):
            wishes.add(name, positions.key("package", "name"), version=string(crate.get("version")), own=True)
        for section, scope, entries in _tables(document):
            for name, wish in entries.items():
                fields = table(wish)
                if not isinstance(wish, str | dict):
                    wishes.bad(positions.key(section, name), "not a dependency")
                elif fields.get("workspace") is not True:
                    _add(wishes, name, wish, positions.key(section, name), scope)
        return wishes.extracted()

    def neighbours(self, path: str) -> tuple[str, ...]:
        """Return where the lock of the workspace may be."""
        folder, found = posixpath.dirname(path), []
        for _ in range(_MOST_LEVELS):
            if not folder:
                break
            folder = posixpath.dirname(folder)
            found.append(posixpath.join(folder, "Cargo.lock"))
        return tuple(found)

    def referred(self, path: str, head: bytes) -> tuple[str, ...]:
        """Return the neighbours, and the manifests of the members that a workspace names."""
        folder, members = posixpath.dirname(path), []
        for found in _MEMBERS.findall(head.decode("utf-8", "replace")):
            members += [
                posixpath.normpath(posixpath.join(folder, name, "Cargo.toml")) for name in _STRING.findall(found)
            ]
        return (*self.neighbours(path), *members)

    def extract_beside(self, file: SourceFile, near: Mapping[str, SourceFile]) -> Extracted:
        """Return the wishes, unless a lock above holds this package: then that is the place of its dependencies."""
        content = self.extract(file)
        above = [near[path] for path in self.neighbours(file.path) if path in near]
        name = string(table(toml.parse(text_of(file)).get("package")).get("name")) if above else ""
        if name and any(re.search(rf'^name = "{re.escape(name)}"', text_of(lock), re.MULTILINE) for lock in above):
            return replace(content, packages=())
        return content


def _tables(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield section, scope and entries of every table of dependencies, those of a target included."""
    targets = [("", document), ("workspace.", table(document.get("workspace")))]
    targets += [(f"target.{name}.", table(entry)) for name, entry in table(document.get("target")).items()]
    for prefix, holder in targets:
        for name, scope in _TABLES:
            yield f"{prefix}{name}", scope, table(holder.get(name))


def _add(wishes: Wishes, name: str, wish: Any, line: int, scope: str) -> None:
    fields = table(wish)
    asked = string(fields.get("version")) or string(wish)
    exact = _EXACT.fullmatch(asked.strip())
    commit = string(fields.get("rev"))
    git = string(fields.get("git"))
    wishes.add(
        string(fields.get("package")) or name,
        line,
        version=exact[1] if exact else "",
        constraint=asked,
        scope=OPTIONAL if fields.get("optional") is True and scope == RUNTIME else scope,
        origin=clean_url(f"{git}#{commit}" if commit else git) or string(fields.get("registry")),
        own="path" in fields and not git,
    )


def _scopes(file: SourceFile) -> dict[str, dict[str, str]]:
    """Return, by the name of a manifest's package, the scope of each dependency; nothing of an unreadable one."""
    try:
        document = toml.parse(text_of(file))
    except UnreadableError:  # it is reported where it is read for itself
        return {}
    scopes: dict[str, str] = {}
    for _, scope, entries in _tables(document):
        for name, wish in entries.items():
            fields = table(wish)
            real = string(fields.get("package")) or name
            own = OPTIONAL if fields.get("optional") is True and scope == RUNTIME else scope
            scopes[real] = min(own, scopes.get(real, own), key=SCOPES.index)
    return {string(table(document.get("package")).get("name")): scopes}


class _Lock:
    """One lock file as read."""

    def __init__(self, file: SourceFile) -> None:
        read = toml.blocks(text_of(file))
        self._problems = list(read.problems)
        self._sums = table(read.head.get("metadata"))  # versions 1 and 2 keep checksums there
        self._blocks: list[toml.Block] = []
        self._names: dict[str, list[str]] = {}
        for block in [*read.packages, *_root(read.head)]:
            name = string(block.table.get("name"))
            if not name:
                self._problems.append(Problem(line=block.line, reason="a package without a name"))
                continue
            self._names.setdefault(name, []).append(_key(block.table))
            self._blocks.append(block)
        if read.head and not self._blocks and not read.head.keys() & {"version", "metadata", "package"}:
            raise UnreadableError("not a lock file: it names neither a version nor packages", 1)

    def extracted(self, wishes: Mapping[str, Mapping[str, str]]) -> Extracted:
        """Return packages, and as roots what the workspace's own packages need."""
        packages = list({package.key: package for package in map(self._package, self._blocks)}.values())
        own = [package for package in packages if package.own]
        roots: dict[str, str] = {}
        for package in own:
            scopes = wishes.get(package.name, {})
            for need in package.needs:
                scope = scopes.get(need.partition("@")[0], RUNTIME)
                roots[need] = min(scope, roots.get(need, scope), key=SCOPES.index)
        kept, problems = bounded(packages, self._problems)
        return Extracted(packages=kept, problems=problems, roots=roots if own else None)

    def _package(self, block: toml.Block) -> Package:
        entry = block.table
        source = string(entry.get("source"))
        name, version = string(entry["name"]), string(entry.get("version"))
        checksum = string(entry.get("checksum")) or string(self._sums.get(f"checksum {name} {version} ({source})"))
        digest = hex_hash(checksum, "sha256")
        return Package(
            key=_key(entry),
            name=name,
            version=version,
            line=block.line,
            needs=tuple(dict.fromkeys(key for need in items(entry.get("dependencies")) for key in self._meant(need))),
            own=not source,
            origin="" if source.startswith(_CRATES_IO) else clean_url(re.sub(r"^[a-z]+\+", "", source)),
            hashes=(digest,) if digest else (),
        )

    def _meant(self, need: Any) -> list[str]:
        """Return the keys of `name`, `name version` or `name version (source)`."""
        name, _, rest = string(need).partition(" ")
        keys = self._names.get(name, [])
        exact = [key for key in keys if key.partition("@")[2].partition("#")[0] == rest.partition(" ")[0]]
        return (exact if rest else keys)[:_MOST_MEANT]


def _root(head: dict[str, Any]) -> list[toml.Block]:
    """Return the `[root]` table that the oldest locks keep the workspace's package in."""
    return [toml.Block(table(head["root"]), 1)] if table(head.get("root")) else []


def _key(entry: dict[str, Any]) -> str:
    return f"{string(entry.get('name'))}@{string(entry.get('version'))}#{string(entry.get('source'))}"
