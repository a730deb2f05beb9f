"""`*.gemspec`: literal dependencies of the project's own gem, or an installed gem. Read as text, never run."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import DEV, RUNTIME, Extracted, Extractor, Package, UnreadableError, text_of
from secloop.stages.build.packages.ruby.gemfile import exact_version, statements
from secloop.stages.build.packages.wishes import Wishes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from secloop.scan.base import SourceFile

# RubyGems writes this comment into the specification of every gem that it installs.
_STUB = lazy(r"^# stub: (\S+) (\S+) \S+ \S", re.MULTILINE)
_NAME = lazy(r"\b\w++\.name\s*=\s*(?:[\"']|%q<)([\w.-]+)")
_VERSION = lazy(r"\b\w++\.version\s*=\s*(?:([\"'])(\d[\w.-]*+)\1|(?:[A-Z]\w*+::)*+([A-Z]\w*+))")
_ASSIGNED = lazy(r"^\s*([A-Z]\w*+)\s*=\s*[\"'](\d[\w.-]*+)[\"']", re.MULTILINE)
_LICENSES = lazy(r"\b\w++\.licenses?\s*=\s*(.*)")
_STRING = lazy(r"[\"']([^\"']+)[\"']|%q<([^>]+)>")
_DEPENDENCY = lazy(r"\b\w++\.add_(runtime_|development_)?dependency\b(.*)")
_REQUIRE = lazy(r"^\s*+(?:require|require_relative|load)\b[ (]*+(.*)", re.DOTALL)
# `gems/NAME-VERSION/` of RubyGems, `bundler/gems/NAME-COMMIT/` of Bundler for a gem from a repository.
_UNPACKED = lazy(r"(?:^|.*/)gems/([^/]+-(?:\d+(?:\.\w+)+(?:-[a-z][\w-]*)?|[0-9a-f]{7,40}))/[^/]+\.gemspec")
_SUFFIX = lazy(r"-(\d++(?:\.\w++)++)(?:-[a-z][\w-]*+)?$")
_MOST_NAMED = 20


class Gemspec(Extractor):
    """`*.gemspec`."""

    name = "gemspec"
    ecosystem = "RubyGems"

    def wants(self, path: str) -> bool:
        """Return whether this is a gem's specification."""
        return path.endswith(".gemspec")

    def neighbours(self, path: str) -> tuple[str, ...]:
        """Return what RubyGems itself has noted of an unpacked gem."""
        return (_noted(path),) if _UNPACKED.fullmatch(path) else ()

    def referred(self, path: str, head: bytes) -> tuple[str, ...]:
        """Return the gem's files in which its version may stand, too."""
        folder = posixpath.dirname(path)
        named = (posixpath.normpath(posixpath.join(folder, one)) for one in _required(head.decode("utf-8", "replace")))
        return (*self.neighbours(path), *named)

    def extract(self, file: SourceFile) -> Extracted:
        """Return an installed gem itself; of a project's own gem what it depends on, as far as that is literal."""
        return self.extract_beside(file, {})

    def extract_beside(self, file: SourceFile, near: Mapping[str, SourceFile]) -> Extracted:
        """Return the same, the version of an unpacked gem also from a constant that another of its files sets."""
        text = text_of(file)
        stub = _STUB.search(text)
        unpacked = _UNPACKED.fullmatch(file.path)
        if stub is None and unpacked and _noted(file.path) in near:
            return Extracted()
        if text.strip() and "Gem::Specification" not in text and not stub:
            raise UnreadableError("not a gem's specification", 1)
        name = stub[1] if stub else _first(_NAME, text)
        named = [near[one] for one in self.referred(file.path, file.data) if one in near]
        version = stub[2] if stub else _version(text, [text_of(one) for one in named])
        if stub or unpacked or "specifications/" in file.path:
            version = version or _first(_SUFFIX, unpacked[1] if unpacked else "")
            return Extracted(packages=(_installed(text, name, version),) if name else ())
        return _wishes(text, name, version)


class GemVersion(Extractor):
    """`version.rb` of an unpacked gem: says nothing by itself, but holds the version that the specification names."""

    name = "version.rb"
    ecosystem = "RubyGems"

    def wants(self, path: str) -> bool:
        """Return whether this is the file in which a gem keeps its version, by custom."""
        return path.endswith("/version.rb") and "/gems/" in f"/{path}" and "/lib/" in path

    def extract(self, file: SourceFile) -> Extracted:  # noqa: ARG002 - the specification reads it
        """Return nothing."""
        return Extracted()


def _wishes(text: str, name: str, version: str) -> Extracted:
    """Return what the project's own gem depends on, and that gem."""
    wishes = Wishes()
    if name:
        wishes.add(name, 1, version=version, own=True)
    for number, line in statements(text):
        if found := _DEPENDENCY.search(line):
            words = [one or other for one, other in _STRING.findall(found[2])]
            if words:
                asked = ", ".join(words[1:])
                scope = DEV if found[1] == "development_" else RUNTIME
                wishes.add(words[0], number, version=exact_version(asked), constraint=asked, scope=scope)
    return wishes.extracted()


def _noted(path: str) -> str:
    """Return where RubyGems notes the specification of the gem that it unpacked at `path`."""
    folder = posixpath.dirname(path)
    home, name = folder.rpartition("gems/")[0], posixpath.basename(folder)
    return f"{home}specifications/{name}.gemspec"


def _required(text: str) -> Iterator[str]:
    """Yield the files, relative to the gem, that `require` lines name as literals, joined or not."""
    for _, (_, line) in zip(range(_MOST_NAMED), _requires(text), strict=False):
        found = _REQUIRE.match(line)
        words = [one or other for one, other in _STRING.findall(found[1].partition(" if ")[0])] if found else []
        named = "/".join(words).strip("/").removesuffix(".rb")
        if named:
            yield f"{named}.rb"
            yield f"lib/{named}.rb"


def _requires(text: str) -> Iterator[tuple[int, str]]:
    return ((number, line) for number, line in statements(text) if line.startswith(("require", "load")))


def _version(text: str, others: list[str]) -> str:
    """Return the literal version, or that of the constant of this name; empty where it is made at run time."""
    found = _VERSION.search(text)
    if not found or found[2]:
        return found[2] if found else ""
    told = (value for one in (text, *others) for constant, value in _ASSIGNED.findall(one) if constant == found[3])
    return next(told, "")


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""


def _installed(text: str, name: str, version: str) -> Package:
    place = _NAME.search(text) or _STUB.search(text)
    licenses = _LICENSES.search(text)
    return Package(
        key=name,
        name=name,
        version=version,
        line=text.count("\n", 0, place.start()) + 1 if place else 1,
        licenses=tuple(one or other for one, other in _STRING.findall(licenses[1])) if licenses else (),
    )
