"""pnpm's `pnpm-lock.yaml`, lockfile versions 5 to 9 (https://github.com/pnpm/spec/tree/master/lockfile)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import (
    DEV,
    OPTIONAL,
    RUNTIME,
    Extracted,
    Extractor,
    Package,
    Problem,
    UnreadableError,
    bounded,
    text_of,
)
from secloop.stages.build.packages.javascript.indented import Block, flow, read_indented, scalar, yaml_pair
from secloop.stages.build.packages.javascript.names import (
    hashes_of,
    origin_of,
    plain_version,
    split_at,
    without_credentials,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from secloop.scan.base import SourceFile

_FIELDS = (("dependencies", RUNTIME), ("optionalDependencies", OPTIONAL), ("devDependencies", DEV))
_OLD_KEY = lazy(r"(?:[\w-]++(?:\.[\w-]++)+)?/((?:@[^/]++/)?[^/@]++)/(\d++\.\d[^/_(]*+)")
_OLD_PEERS = lazy(r"(/\d++\.\d++\.\d[^/_]*+)_.*")
_HEAD = lazy(r"^['\"]?lockfileVersion['\"]?:", re.MULTILINE)


class PnpmLock(Extractor):
    """`pnpm-lock.yaml`, with the importers (workspace members) that it names."""

    name = "pnpm-lock.yaml"
    ecosystem = "npm"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is a `pnpm-lock.yaml`."""
        return path.rpartition("/")[2] == "pnpm-lock.yaml"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the packages with edges, scopes and hashes. Raises: UnreadableError."""
        text = text_of(file)
        if not _HEAD.search(text):
            if not text.strip():
                return Extracted()
            raise UnreadableError("no lockfileVersion: not a lock of pnpm", 1)
        document, problems = read_indented(text, yaml_pair)
        return _Lock(document, problems).read()


class _Lock:
    """One lock. A package's key is as the lock has it, peers included: `/name/1.0.0_peer@2.0.0`, `name@1.0.0(peer@2)`.

    Since version 9, `packages` holds what is true of a package whatever its peers, `snapshots` the rest.
    """

    def __init__(self, document: Block, problems: list[Problem]) -> None:
        self.packages = document.block("packages")
        self.snapshots = document.block("snapshots")
        self.problems = problems
        self.importers = document.block("importers")
        self.importers.setdefault(".", document)
        self.keys = {*self.snapshots, *self.packages}
        self.wished: dict[str, str] = {}  # key to the specifier of an importer

    def read(self) -> Extracted:
        """Return what the lock holds."""
        roots = self._roots()
        listed = dict.fromkeys(self.snapshots or self.packages)
        if self.snapshots:
            told = {_base(key) for key in listed}
            listed.update(dict.fromkeys(key for key in self.packages if key not in told))
        needs = {key: self._needs(key) for key in listed}
        runtime = _reached([key for key, scope in roots.items() if scope != DEV], needs)
        packages = [self._package(key, needs[key], reached=key in runtime) for key in listed]
        kept, problems = bounded([package for package in packages if package], self.problems)
        return Extracted(packages=kept, problems=problems, roots=roots or None)

    def _package(self, key: str, needs: tuple[str, ...], *, reached: bool) -> Package | None:
        always = self.packages.block(key if key in self.packages else _base(key))
        snapshot = self.snapshots.block(key)
        name, version = _named(key, always)
        resolution = flow(always.get("resolution"))
        if version.startswith("runtime:"):
            return None
        line = self._line(key)
        if not name or not (version[:1].isdigit() or ":" in version or resolution.keys() - {"integrity"}):
            self.problems.append(Problem(line=line, reason=f"{key[:80]!r} names no version"))
            return None
        return Package(
            key=key,
            name=name,
            version=plain_version(version),
            line=line,
            needs=needs,
            scope=_scope(always, snapshot, reached=reached),
            own="directory" in resolution,
            constraint=self.wished.get(key, ""),
            origin=_origin(resolution, name),
            hashes=hashes_of(resolution.get("integrity", "")),
            install_script=always.get("requiresBuild") == "true",
        )

    def _line(self, key: str) -> int:
        lines = self.packages.lines
        return lines.get(key) or lines.get(_base(key)) or self.snapshots.lines[key]

    def _needs(self, key: str) -> tuple[str, ...]:
        entry = self.snapshots.block(key) or self.packages.block(key)
        needs: dict[str, None] = {}
        for field, _ in _FIELDS[:2]:
            for name, version in entry.block(field).items():
                if isinstance(version, str) and (found := self._find(name, scalar(version))):
                    needs[found] = None
        return tuple(needs)

    def _find(self, name: str, version: str) -> str:
        """Return the key of a resolved dependency: `1.0.0`, `/other@1.0.0(peer@2.0.0)`, `host/owner/repo/commit`."""
        for key in (f"{name}@{version}", f"/{name}@{version}", f"/{name}/{version}", version, f"/{version}"):
            if key in self.keys:
                return key
        return ""

    def _roots(self) -> dict[str, str]:
        roots: dict[str, str] = {}
        for field, scope in _FIELDS:
            for name, version, wish in self._imports(field):
                if key := self._find(name, version):
                    roots.setdefault(key, scope)
                    if wish:
                        self.wished.setdefault(key, without_credentials(wish))
        return roots

    def _imports(self, field: str) -> Iterator[tuple[str, str, str]]:
        """Yield (name, resolved version, specifier) of a field of every importer, in either form of it."""
        for importer in self.importers.values():
            if not isinstance(importer, Block):
                continue
            specifiers = importer.block("specifiers")
            for name, entry in importer.block(field).items():
                told = entry if isinstance(entry, str) else ""
                version, wish = _imported(entry) if not told else (scalar(told), specifiers.text(name))
                yield name, version, wish


def _reached(start: list[str], needs: Mapping[str, tuple[str, ...]]) -> set[str]:
    """Return every key that can be reached from some."""
    reached, stack = set(start), list(start)
    while stack:
        for need in needs.get(stack.pop(), ()):
            if need not in reached:
                reached.add(need)
                stack.append(need)
    return reached


def _named(key: str, always: Block) -> tuple[str, str]:
    """Return (name, version) of a key, the version as written in it where it is a URL or a path."""
    if name := always.text("name"):
        return name, always.text("version")
    base = _base(key)
    if old := _OLD_KEY.fullmatch(base):
        return old[1], old[2]
    name, version = split_at(base.lstrip("/"))
    return name, always.text("version") or version


def _scope(always: Block, snapshot: Block, *, reached: bool) -> str:
    """Return the scope that flags give (`dev` up to version 8); empty where the edges tell."""
    if always.get("dev") == "true":
        return DEV
    optional = (snapshot or always).get("optional") == "true"
    return OPTIONAL if optional and reached else ""


def _origin(resolution: Mapping[str, str], name: str) -> str:
    if repository := resolution.get("repo"):
        return origin_of(f"{repository}#{resolution.get('commit', '')}", name)
    return origin_of(resolution.get("tarball", ""), name)


def _imported(entry: Any) -> tuple[str, str]:
    block = entry if isinstance(entry, Block) else Block()
    return block.text("version"), block.text("specifier")


def _base(key: str) -> str:
    """Return a key or version without its peers: `(peer@1.0.0)` since version 6, `_peer@1.0.0` before."""
    head = key.partition("(")[0]
    return _OLD_PEERS.sub(r"\1", head) if "_" in head else head
