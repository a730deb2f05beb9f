"""Bun's `bun.lock`, a text of JSON with trailing commas; and the older, binary `bun.lockb`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secloop.model.shapes import items, string, table
from secloop.stages.build.packages.base import Extracted, Extractor, Package, Problem, UnreadableError, bounded, text_of
from secloop.stages.build.packages.javascript import bun_binary
from secloop.stages.build.packages.javascript.jsonc import plain_json
from secloop.stages.build.packages.javascript.names import (
    WISHES,
    hashes_of,
    is_local,
    is_remote,
    origin_of,
    plain_version,
    split_at,
    wishes_of,
    without_credentials,
)
from secloop.stages.build.packages.json import Lines, parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from secloop.scan.base import SourceFile

_MOST_LEVELS = 100


class BunLock(Extractor):
    """`bun.lock`, with the workspaces that it names."""

    name = "bun.lock"
    ecosystem = "npm"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is a `bun.lock`."""
        return path.rpartition("/")[2] == "bun.lock"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the packages with edges, scopes and hashes. Raises: UnreadableError."""
        text = plain_json(text_of(file))
        return _Lock(parse_json(text), Lines(text, opener="[")).read()


class BunBinaryLock(Extractor):
    """`bun.lockb`; of later formats than 2 it says what to run."""

    name = "bun.lockb"
    ecosystem = "npm"
    lock = True
    yields_to = ("bun.lock",)

    def wants(self, path: str) -> bool:
        """Return whether this is a `bun.lockb`."""
        return path.rpartition("/")[2] == "bun.lockb"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the packages with edges, scopes and hashes. Raises: UnreadableError."""
        return bun_binary.read(file.data)

    def neighbours(self, path: str) -> tuple[str, ...]:
        """Return the path of the text lock, which a binary file is not read together with otherwise."""
        return (path.removesuffix("b"),)

    def extract_beside(self, file: SourceFile, near: Mapping[str, SourceFile]) -> Extracted:
        """Return nothing where the text lock is there too. Raises: UnreadableError."""
        if file.path.removesuffix("b") in near:
            return Extracted()
        return self.extract(file)


class _Lock:
    """One lock. A package's key is the path at which Bun installs it: `name`, or `parent/name` where two differ."""

    def __init__(self, document: dict[str, Any], lines: Lines) -> None:
        self.entries = table(document.get("packages"))
        self.workspaces = table(document.get("workspaces"))
        self.lines = lines
        self.problems: list[Problem] = []
        self.wished: dict[str, str] = {}

    def read(self) -> Extracted:
        """Return what the lock holds."""
        roots = self._roots()
        packages = [found for key, entry in self.entries.items() if (found := self._package(key, entry))]
        kept, problems = bounded(packages, self.problems)
        if problems and not kept:
            raise UnreadableError(problems[0].reason, problems[0].line)
        return Extracted(packages=kept, problems=problems, roots=roots)

    def _package(self, key: str, entry: Any) -> Package | None:
        line = self.lines.take(key)
        parts = items(entry)
        name, version = split_at(string(parts[0])) if parts else ("", "")
        if not name or not version:
            self.problems.append(Problem(line=line, reason=f"{key[:80]!r} names no version"))
            return None
        info = next((part for part in parts[1:] if isinstance(part, dict)), {})
        last = string(parts[-1])
        return Package(
            key=key,
            name=name,
            version=plain_version(version),
            line=line,
            needs=tuple(dict.fromkeys(self._needs(key, info))),
            own=version.startswith(("workspace:", "root:")) or (is_local(version) and not version.endswith(".tgz")),
            constraint=self.wished.get(key, ""),
            origin=origin_of(version if is_remote(version) else string(parts[1] if len(parts) > 1 else ""), name),
            hashes=hashes_of(last) if len(parts) > 1 else (),
        )

    def _needs(self, key: str, info: dict[str, Any]) -> Iterator[str]:
        for field, scope in WISHES[:3]:
            for wish in wishes_of(info, field, scope):
                if found := self._find(key, wish.name):
                    yield found

    def _find(self, key: str, name: str) -> str:
        """Return the key that `require(name)` finds from `key`: the nearest one on the way to the top."""
        base = key
        for _ in range(_MOST_LEVELS):
            if (found := f"{base}/{name}") in self.entries:
                return found
            head, slash, _ = base.rpartition("/")
            if not slash:
                break
            base = head
        return name if name in self.entries else ""

    def _roots(self) -> dict[str, str] | None:
        """Return what the workspaces ask for; None when the lock names none."""
        roots: dict[str, str] = {}
        for field, scope in WISHES:
            for workspace in self.workspaces.values():
                members = table(workspace)
                for wish in wishes_of(members, field, scope):
                    if found := self._find(string(members.get("name")), wish.name):
                        roots.setdefault(found, wish.scope)
                        self.wished.setdefault(found, without_credentials(wish.wish))
        return roots if self.workspaces else None
