"""Deno's `deno.lock` (versions 2 to 5) and `deno.json`: `npm:` and `jsr:` specifiers, and modules of the web."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from secloop.model.regex import lazy
from secloop.model.shapes import items, string, table
from secloop.stages.build.packages.base import RUNTIME, Extracted, Extractor, Package, Problem, bounded, text_of
from secloop.stages.build.packages.javascript.jsonc import plain_json
from secloop.stages.build.packages.javascript.names import hashes_of, split_at
from secloop.stages.build.packages.javascript.specifiers import specifier, wished
from secloop.stages.build.packages.json import Lines, parse_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from secloop.scan.base import SourceFile

_ECOSYSTEMS = {"npm": "npm", "jsr": "JSR"}
_PEERS = lazy(r"_.*")
_HEX = lazy(r"[0-9a-f]{64}")


class DenoLock(Extractor):
    """`deno.lock`. Of the modules that come from web addresses, those are listed whose address names a package."""

    name = "deno.lock"
    ecosystem = "npm"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is a `deno.lock`."""
        return path.rpartition("/")[2] == "deno.lock"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the packages of both registries with edges and hashes. Raises: UnreadableError."""
        text = text_of(file)
        return _Lock(parse_json(text), Lines(text)).read()


class DenoJson(Extractor):
    """`deno.json` and `deno.jsonc`: the import map's wishes."""

    name = "deno.json"
    ecosystem = "npm"
    lock = False

    def wants(self, path: str) -> bool:
        """Return whether this is Deno's configuration."""
        return path.rpartition("/")[2] in {"deno.json", "deno.jsonc"}

    def extract(self, file: SourceFile) -> Extracted:
        """Return what `imports` and `scopes` name. Raises: UnreadableError."""
        text = plain_json(text_of(file))
        document, lines = parse_json(text), Lines(text, opener='"')
        packages: dict[str, Package] = {}
        maps = [table(document.get("imports")), *map(table, table(document.get("scopes")).values())]
        for key, target in (pair for one in maps for pair in one.items()):
            line = lines.take(key)
            if found := specifier(string(target)):
                packages.setdefault(string(target), wished(found, string(target), line))
        kept, problems = bounded(list(packages.values()), [])
        return Extracted(packages=kept, problems=problems)


class _Lock:
    """One lock. A package's key is `npm:` or `jsr:` and its id in the lock: `npm:name@1.0.0_peer@2.0.0`."""

    def __init__(self, document: dict[str, Any], lines: Lines) -> None:
        inner = document if "specifiers" in document or "workspace" in document else table(document.get("packages"))
        npm = table(inner.get("npm")) or table(document.get("npm"))
        self.old = table(npm.get("packages")) if "packages" in npm and "specifiers" in npm else {}  # version 2
        self.sections = {"npm": self.old or npm, "jsr": table(inner.get("jsr"))}
        self.specifiers = {**table(inner.get("specifiers")), **_prefixed(npm.get("specifiers") if self.old else None)}
        self.workspace = table(document.get("workspace"))
        self.remote = table(document.get("remote"))
        self.lines = lines
        self.problems: list[Problem] = []
        self.single: dict[str, list[str]] = {}  # `npm:name` to its keys
        for kind, section in self.sections.items():
            for own in section:
                self.single.setdefault(f"{kind}:{split_at(own)[0]}", []).append(f"{kind}:{own}")

    def read(self) -> Extracted:
        """Return what the lock holds."""
        packages = [
            found
            for kind, section in self.sections.items()
            for own, entry in section.items()
            if (found := self._package(kind, own, entry))
        ]
        kept, problems = bounded([*packages, *self._web()], self.problems)
        return Extracted(packages=kept, problems=problems, roots=self._roots())

    def _web(self) -> Iterator[Package]:
        """Yield the packages that addresses name, each once; which module imports which is not told."""
        seen: set[tuple[str, str, str]] = set()
        for address in self.remote:
            line = self.lines.take(address)
            if (found := specifier(address)) and found.wish and found not in seen:
                seen.add(found)
                yield replace(wished(found, address, line), direct=None)

    def _package(self, kind: str, own: str, entry: Any) -> Package | None:
        line = self.lines.take(own)
        name, version = split_at(own)
        if not isinstance(entry, dict) or not version:
            self.problems.append(Problem(line=line, reason=f"{own[:80]!r} names no version"))
            return None
        integrity = string(entry.get("integrity"))
        return Package(
            key=f"{kind}:{own}",
            name=name,
            version=_PEERS.sub("", version),
            line=line,
            needs=tuple(dict.fromkeys(self._needs(kind, entry))),
            ecosystem=_ECOSYSTEMS[kind],
            hashes=(f"sha256:{integrity}",) if _HEX.fullmatch(integrity) else hashes_of(integrity),
            install_script=entry.get("scripts") is True,
        )

    def _needs(self, kind: str, entry: dict[str, Any]) -> Iterator[str]:
        """Yield the keys of what an entry depends on: ids, bare names, specifiers, or a table from name to id."""
        for field in ("dependencies", "optionalDependencies"):
            told = entry.get(field)
            listed = table(told).values() if isinstance(told, dict) else items(told)
            for need in map(string, listed):
                if found := self._find(need if need.startswith(("npm:", "jsr:")) else f"{kind}:{need}"):
                    yield found

    def _find(self, wanted: str) -> str:
        """Return the key of a specifier or an id; of a bare name where only one version is there."""
        kind, _, own = wanted.partition(":")
        if own in self.sections.get(kind, {}):
            return wanted
        told = string(self.specifiers.get(wanted))
        if told:
            own = told.removeprefix(f"{kind}:")
            own = own if own in self.sections.get(kind, {}) else f"{split_at(wanted[len(kind) + 1 :])[0]}@{told}"
            if own in self.sections.get(kind, {}):
                return f"{kind}:{own}"
        named = self.single.get(f"{kind}:{split_at(wanted[len(kind) + 1 :])[0]}", [])
        return named[0] if len(named) == 1 else ""

    def _roots(self) -> dict[str, str] | None:
        """Return what the workspace asks for; before version 4, every specifier of the lock."""
        asked: Iterable[str] = list(_asked(self.workspace)) or self.specifiers
        found = (self._find(specifier) for specifier in asked)
        return {key: RUNTIME for key in found if key} or None


def _prefixed(specifiers: Any) -> dict[str, str]:
    """Return the specifiers of version 2, which are npm's alone, as later versions write them."""
    return {f"npm:{key}": string(value) for key, value in table(specifiers).items()}


def _asked(workspace: dict[str, Any]) -> Iterator[str]:
    """Yield the specifiers of a workspace, its `package.json` and its members."""
    for member in [workspace, *map(table, table(workspace.get("members")).values())]:
        for holder in (member, table(member.get("packageJson"))):
            yield from map(string, items(holder.get("dependencies")))
