"""Yarn's `yarn.lock`: the classic format of Yarn 1, and the YAML of Yarn 2 and later ("berry")."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import (
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
from secloop.stages.build.packages.javascript.indented import Block, read_indented, yaml_pair, yarn_pair
from secloop.stages.build.packages.javascript.names import (
    Wish,
    hashes_of,
    is_local,
    manifest_beside,
    origin_of,
    plain_version,
    split_at,
    wishes,
    without_credentials,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from secloop.scan.base import SourceFile

_METADATA = "__metadata"
_BERRY = lazy(r"^\"?__metadata\"?:", re.MULTILINE)
_PATTERN = lazy(r"\"([^\"]++)\"|([^\s,\"]++)")


class YarnLock(Extractor):
    """`yarn.lock`. What is direct, and in which scope, stands in the `package.json` beside it."""

    name = "yarn.lock"
    ecosystem = "npm"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is a `yarn.lock`."""
        return path.rpartition("/")[2] == "yarn.lock"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the packages with edges; without the manifest, the direct ones are those that no other needs."""
        return self.extract_beside(file, {})

    def extract_beside(self, file: SourceFile, near: Mapping[str, SourceFile]) -> Extracted:
        """Return the packages with edges, and what the manifest asks for. Raises: UnreadableError."""
        text = text_of(file)
        manifest = manifest_beside(file.path, near)
        berry = _BERRY.search(text) is not None
        document, problems = read_indented(text, yaml_pair if berry else yarn_pair)
        lock = (_Berry if berry else _Classic)(document, problems)
        asked = list(wishes(manifest))
        for name, wish, _ in asked:
            lock.wished.setdefault(lock.find(name, wish), without_credentials(wish))
        packages = lock.packages()
        if lock.problems and not packages:
            raise UnreadableError(lock.problems[0].reason, lock.problems[0].line)
        kept, problems_out = bounded(packages, lock.problems)
        roots = lock.roots(asked, packages, several="workspaces" in manifest)
        return Extracted(packages=kept, problems=problems_out, roots=roots)


class _Lock:
    """What both formats share: entries under the patterns that they answer."""

    def __init__(self, document: Block, problems: list[Problem]) -> None:
        self.document = document
        self.problems = problems
        self.entries: list[tuple[str, str, Block, int]] = []  # key, name, entry, line
        self.by_pattern: dict[str, str] = {}
        self.by_name: dict[str, list[str]] = {}
        self.wished: dict[str, str] = {}  # key to the wish of the manifest
        for header, entry in document.items():
            if header != _METADATA:
                self._enter(header, entry, document.lines[header])

    def _enter(self, header: str, entry: object, line: int) -> None:
        patterns = self.patterns(header)
        if not isinstance(entry, Block) or not entry.text("version") or not patterns:
            self.problems.append(Problem(line=line, reason=f"{header[:80]!r} has no version"))
            return
        name = self.name_of(patterns[0], entry)
        self.entries.append((header, name, entry, line))
        for pattern in patterns:
            self.by_pattern[pattern] = header
        for alias in {name, *(split_at(pattern)[0] for pattern in patterns)}:
            self.by_name.setdefault(alias, []).append(header)

    def patterns(self, header: str) -> list[str]:
        """Return the patterns `name@wish` of an entry."""
        raise NotImplementedError

    def name_of(self, pattern: str, entry: Block) -> str:
        """Return the real name of the package that answers `pattern`."""
        raise NotImplementedError

    def package(self, key: str, name: str, entry: Block, line: int) -> Package:
        """Return the package of an entry."""
        raise NotImplementedError

    def packages(self) -> list[Package]:
        """Return every package of the lock."""
        return [self.package(*entry) for entry in self.entries]

    def needs(self, entry: Block) -> tuple[str, ...]:
        """Return the keys of what an entry depends on."""
        asked = [
            (below, name)
            for below in (entry.block("dependencies"), entry.block("optionalDependencies"))
            for name in below
        ]
        found = (self.find(name, below.text(name)) for below, name in asked)
        return tuple(dict.fromkeys(key for key in found if key))

    def find(self, name: str, wish: str) -> str:
        """Return the key that answers a wish: by its pattern, or by name alone where `resolutions` changed the wish."""
        for pattern in (f"{name}@{wish}", f"{name}@npm:{wish}"):
            if key := self.by_pattern.get(pattern):
                return key
        named = self.by_name.get(name, [])
        return named[0] if len(named) == 1 else ""

    def roots(self, asked: list[Wish], packages: list[Package], *, several: bool) -> dict[str, str] | None:
        """Return what the manifest asks for; with `several` workspaces, also what no package needs."""
        roots: dict[str, str] = {}
        for name, wish, scope in sorted(asked, key=lambda one: SCOPES.index(one.scope)):
            if key := self.find(name, wish):
                roots.setdefault(key, scope)
        if several and roots:
            needed = {need for package in packages for need in package.needs}
            roots.update((p.key, RUNTIME) for p in packages if p.key not in needed and p.key not in roots and not p.own)
        return roots or None


class _Classic(_Lock):
    """Yarn 1."""

    def patterns(self, header: str) -> list[str]:
        return [quoted or plain for quoted, plain in _PATTERN.findall(header)]

    def name_of(self, pattern: str, entry: Block) -> str:  # noqa: ARG002 - berry's needs it
        name, wish = split_at(pattern)
        return split_at(wish.removeprefix("npm:"))[0] if wish.startswith("npm:") and "@" in wish else name

    def package(self, key: str, name: str, entry: Block, line: int) -> Package:
        resolved = entry.text("resolved")
        wish = split_at(self.patterns(key)[0])[1]
        return Package(
            key=key,
            name=name,
            version=entry.text("version"),
            line=line,
            needs=self.needs(entry),
            own=is_local(wish) and not resolved,
            constraint=self.wished.get(key, ""),
            origin=origin_of(resolved, name),
            hashes=hashes_of(entry.text("integrity"), resolved),
        )


class _Berry(_Lock):
    """Yarn 2 and later. Its checksums are of Yarn's own cache archives, so they are no hashes of the packages."""

    def patterns(self, header: str) -> list[str]:
        return [pattern for part in header.split(", ") if (pattern := part.strip())]

    def name_of(self, pattern: str, entry: Block) -> str:
        name, reference = split_at(entry.text("resolution") or pattern)
        return split_at(reference.removeprefix("npm:"))[0] if reference.startswith("npm:@") else name

    def package(self, key: str, name: str, entry: Block, line: int) -> Package:
        reference = split_at(entry.text("resolution"))[1]
        return Package(
            key=key,
            name=name,
            version=plain_version(entry.text("version")),
            line=line,
            needs=self.needs(entry),
            own=entry.text("linkType") == "soft" or is_local(reference),
            constraint=self.wished.get(key, ""),
            origin="" if reference.startswith(("npm:", "patch:")) else origin_of(reference, name),
        )

    def roots(self, asked: list[Wish], packages: list[Package], *, several: bool) -> dict[str, str] | None:  # noqa: ARG002 - Yarn 1's needs it
        """Return what the workspaces of the lock ask for, in the scope that the manifest beside it gives."""
        scopes = {key: scope for name, wish, scope in asked if (key := self.find(name, wish))}
        own = {package.key for package in packages if package.own}
        roots = {
            need: scopes.get(need, RUNTIME)
            for package in _members(packages)
            for need in package.needs
            if need not in own
        }
        return roots or {key: scope for key, scope in scopes.items() if key not in own} or None


def _members(packages: Iterable[Package]) -> Iterable[Package]:
    return (package for package in packages if package.own)
