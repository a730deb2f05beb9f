"""`*.gemspec`: literal dependencies of the project's own gem, or an installed gem. Read as text, never run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secloop.stages.build.packages.base import DEV, RUNTIME, Extracted, Extractor, Package, UnreadableError, text_of
from secloop.stages.build.packages.ruby.gemfile import exact_version, statements
from secloop.stages.build.packages.wishes import Wishes

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile

# RubyGems writes this comment into the specification of every gem that it installs.
_STUB = re.compile(r"^# stub: (\S+) (\S+) \S+ \S", re.MULTILINE)
_LITERAL = re.compile(r"\b\w++\.name\s*+=\s*+[\"']([\w.-]++)[\"'][^\n]*+\n\s*+\w+\.version\s*=\s*[\"']([\w.-]++)[\"']")
_NAME = re.compile(r"\b\w++\.name\s*=\s*(?:[\"']|%q<)([\w.-]+)")
_LICENSES = re.compile(r"\b\w++\.licenses?\s*=\s*(.*)")
_STRING = re.compile(r"[\"']([^\"']+)[\"']|%q<([^>]+)>")
_DEPENDENCY = re.compile(r"\b\w++\.add_(runtime_|development_)?dependency\b(.*)")


class Gemspec(Extractor):
    """`*.gemspec`."""

    name = "gemspec"
    ecosystem = "RubyGems"

    def wants(self, path: str) -> bool:
        """Return whether this is a gem's specification."""
        return path.endswith(".gemspec")

    def extract(self, file: SourceFile) -> Extracted:
        """Return an installed gem itself; of a project's own gem what it depends on, as far as that is literal."""
        text = text_of(file)
        if stub := _STUB.search(text) or ("specifications/" in file.path and _LITERAL.search(text)):
            return Extracted(packages=(_installed(text, stub),))
        if text.strip() and "Gem::Specification" not in text:
            raise UnreadableError("not a gem's specification", 1)
        wishes = Wishes()
        for number, line in statements(text):
            if found := _DEPENDENCY.search(line):
                words = [one or other for one, other in _STRING.findall(found[2])]
                if words:
                    asked = ", ".join(words[1:])
                    scope = DEV if found[1] == "development_" else RUNTIME
                    wishes.add(words[0], number, version=exact_version(asked), constraint=asked, scope=scope)
        return wishes.extracted()


def _installed(text: str, stub: re.Match[str]) -> Package:
    name = _NAME.search(text)
    licenses = _LICENSES.search(text)
    return Package(
        key=stub[1],
        name=stub[1],
        version=stub[2],
        line=text.count("\n", 0, name.start() if name else stub.start()) + 1,
        licenses=tuple(one or other for one, other in _STRING.findall(licenses[1])) if licenses else (),
    )
