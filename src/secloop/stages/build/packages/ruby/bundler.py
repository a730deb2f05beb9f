"""`Gemfile.lock` and `gems.locked`: what Bundler resolved (https://bundler.io/man/gemfile.5.html)."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import (
    RUNTIME,
    Extracted,
    Extractor,
    Package,
    Problem,
    UnreadableError,
    bounded,
    text_of,
)
from secloop.stages.build.packages.origin import clean_url, hex_hash
from secloop.stages.build.packages.ruby.gemfile import scopes_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from secloop.scan.base import SourceFile

_SECTION = lazy(r"[A-Z][A-Z ]+")
_SOURCES = {"GEM", "GIT", "PATH", "PLUGIN SOURCE"}
_OPTION = lazy(r"  ([a-z]+): (\S+)")
_SPEC = lazy(r"    ([^\s()]+) \(([^()\s]+)\)")
_NEED = lazy(r"      ([^\s()!]+)(?: \([^()]*\))?")
_ASKED = lazy(r"  ([^\s()!]+)(?: \([^()]*\))?!?")
_CHECKSUM = lazy(r"  ([^\s()]+) \(([^()\s]+)\) (\S+)")
_DEFAULT = ("https://rubygems.org", "http://rubygems.org")


@dataclass(slots=True)
class _Gem:
    """One entry of a `specs:` list."""

    name: str
    version: str
    line: int
    section: str
    origin: str
    needs: list[str] = field(default_factory=list)


class GemfileLock(Extractor):
    """`Gemfile.lock`, `gems.locked` and locks of alternative Gemfiles (`*.gemfile.lock`)."""

    name = "Gemfile.lock"
    ecosystem = "RubyGems"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether Bundler would write its lock under this name."""
        name = posixpath.basename(path)
        return name in {"Gemfile.lock", "gems.locked"} or name.endswith(".gemfile.lock")

    def extract(self, file: SourceFile) -> Extracted:
        """Return gems with edges and roots; a gem locked for several platforms is one gem."""
        return _Reading(text_of(file)).extracted({})

    def extract_beside(self, file: SourceFile, near: Mapping[str, SourceFile]) -> Extracted:
        """Return the gems, with scopes from the groups of the `Gemfile` beside."""
        folder, _, name = file.path.rpartition("/")
        manifest = {"gems.locked": "gems.rb"}.get(name, name.removesuffix(".lock"))
        beside = near.get(f"{folder}/{manifest}" if folder else manifest)
        return _Reading(text_of(file)).extracted(scopes_of(text_of(beside)) if beside else {})


class _Reading:
    """One lock file, read line by line; the indentation tells what a line is."""

    def __init__(self, text: str) -> None:
        self.gems: list[_Gem] = []
        self.asked: dict[str, None] | None = None
        self.hashes: dict[str, list[str]] = {}
        self.problems: list[Problem] = []
        self._section, self._options = "", {"": ""}
        known = False
        for number, line in enumerate(text.splitlines(), 1):
            if line.startswith(("<<<<<<<", "=======", ">>>>>>>")):
                self.problems.append(Problem(line=number, reason="a merge conflict that nobody resolved"))
            elif _SECTION.fullmatch(line):
                self._section, self._options, known = line, {}, True
                self.asked = {} if line == "DEPENDENCIES" else self.asked
            elif line.strip():
                self._line(number, line)
        if not known and text.strip():
            raise UnreadableError("not a lock file: it has no section that Bundler writes", 1)

    def _line(self, number: int, line: str) -> None:
        if self._section in _SOURCES:
            self._source(number, line)
        elif self._section == "DEPENDENCIES" and self.asked is not None and (found := _ASKED.fullmatch(line)):
            self.asked[found[1]] = None
        elif self._section == "CHECKSUMS" and (found := _CHECKSUM.fullmatch(line)):
            digest = hex_hash(found[3].replace("=", ":", 1))
            self.hashes.setdefault(f"{found[1]}@{found[2].partition('-')[0]}", []).append(digest)

    def _source(self, number: int, line: str) -> None:
        if found := _OPTION.fullmatch(line):
            self._options.setdefault(found[1], found[2])
        elif found := _SPEC.fullmatch(line):
            version = found[2].partition("-")[0]  # what follows is the platform
            self.gems.append(_Gem(found[1], version, number, self._section, self._origin()))
        elif (found := _NEED.fullmatch(line)) and self.gems:
            self.gems[-1].needs.append(found[1])
        elif line.startswith("    ") and not line.startswith("      "):
            self.problems.append(Problem(line=number, reason="not a gem with its version"))

    def _origin(self) -> str:
        remote, commit = self._options.get("remote", ""), self._options.get("revision", "")
        clean = clean_url(f"{remote}#{commit}" if self._section == "GIT" and commit else remote)
        return "" if clean in _DEFAULT else clean

    def extracted(self, scopes: Mapping[str, str]) -> Extracted:
        """Return the gems; direct is what the Gemfile asks for, and what the project's own gems need."""
        keys: dict[str, dict[str, None]] = {}
        for gem in self.gems:
            keys.setdefault(gem.name, {})[_key(gem)] = None
        packages = [
            Package(
                key=_key(gem),
                name=gem.name,
                version=gem.version,
                line=gem.line,
                needs=tuple(dict.fromkeys(key for need in gem.needs for key in keys.get(need, ()))),
                own=gem.section == "PATH",
                origin=gem.origin,
                hashes=self._hashes(gem),
            )
            for gem in {_key(gem): gem for gem in reversed(self.gems)}.values()
        ]
        kept, problems = bounded(packages[::-1], self.problems)
        roots = None if self.asked is None else self._roots(scopes, keys, self.asked)
        return Extracted(packages=kept, problems=problems, roots=roots)

    def _hashes(self, gem: _Gem) -> tuple[str, ...]:
        """Return the hashes of a gem's archives, one for each platform."""
        return tuple(dict.fromkeys(digest for digest in self.hashes.get(_key(gem), ()) if digest))

    def _roots(
        self, scopes: Mapping[str, str], keys: Mapping[str, Iterable[str]], asked: Iterable[str]
    ) -> dict[str, str]:
        wanted = {name: scopes.get(name, RUNTIME) for name in asked}
        for gem in self.gems:
            if gem.section == "PATH":
                for need in gem.needs:
                    wanted[need] = RUNTIME
        return {key: scope for name, scope in wanted.items() for key in keys.get(name, ())}


def _key(gem: _Gem) -> str:
    return f"{gem.name}@{gem.version}"
