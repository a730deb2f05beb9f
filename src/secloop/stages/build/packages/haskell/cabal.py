"""`stack.yaml.lock`, `cabal.project.freeze` and `*.cabal` files."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any

from secloop.model.regex import lazy
from secloop.model.shapes import string, table
from secloop.stages.build.packages.base import BUILD, RUNTIME, TEST, Extracted, Extractor, Package, text_of
from secloop.stages.build.packages.origin import clean_url
from secloop.stages.build.packages.wishes import Wishes, extracted
from secloop.stages.build.packages.yaml import YamlList, parse_yaml

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile

_HACKAGE = lazy(r"([A-Za-z0-9-]*[A-Za-z][A-Za-z0-9-]*)-(\d[0-9.]*)(?:@.*)?")
_FROZEN = lazy(r"any\.([A-Za-z0-9-]+)\s*==\s*([0-9][0-9.]*)")
_FIELD = lazy(r"([ \t]*)([A-Za-z-]+)[ \t]*:(.*)")
_SECTION = lazy(r"[ \t]*(library|executable|test-suite|benchmark|common|foreign-library|custom-setup)\b")
_WISH = lazy(r"[ \t]*([A-Za-z0-9][A-Za-z0-9-]*)[ \t]*(.*)", re.DOTALL)
_PARTS = lazy(r":(?:\{[^}]*\}|[A-Za-z0-9-]+)")  # the libraries or programs of a package that are meant
_EXACT = lazy(r"==\s*(\d[0-9.]*)")
_SCOPES = {"test-suite": TEST, "benchmark": TEST, "custom-setup": BUILD}
_FIELDS = {"build-depends": "", "build-tool-depends": BUILD, "setup-depends": BUILD}


class StackLock(Extractor):
    """`stack.yaml.lock`: packages beside the snapshot (https://docs.haskellstack.org/en/stable/topics/lock_files/)."""

    name = "stack.yaml.lock"
    ecosystem = "Hackage"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is a lock of Stack."""
        return posixpath.basename(path) == "stack.yaml.lock"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the completed packages, of Hackage, a repository or an archive."""
        entries = parse_yaml(text_of(file)).get("packages")
        if not isinstance(entries, YamlList):
            return Extracted()
        pairs = zip(entries, entries.lines, strict=True)
        return extracted([package for entry, line in pairs if (package := _completed(table(entry), line))])


class CabalFreeze(Extractor):
    """`cabal.project.freeze`: the exact versions that `cabal freeze` wrote."""

    name = "cabal.project.freeze"
    ecosystem = "Hackage"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is a freeze file."""
        return posixpath.basename(path) == "cabal.project.freeze"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the pinned packages."""
        return extracted(
            [
                Package(key=found[1], name=found[1], version=found[2], line=number)
                for number, line in enumerate(text_of(file).splitlines(), 1)
                for found in _FROZEN.finditer(line.partition("--")[0])
            ]
        )


class CabalFile(Extractor):
    """`*.cabal`: wishes of every component of a package."""

    name = "*.cabal"
    ecosystem = "Hackage"

    def wants(self, path: str) -> bool:
        """Return whether this is a package description."""
        return path.endswith(".cabal")

    def extract(self, file: SourceFile) -> Extracted:
        """Return the wishes; a dependency on the package's own library is none."""
        wishes, own = Wishes(), ""
        scope, inside = RUNTIME, ""
        indent = 0
        for number, raw in enumerate(text_of(file).splitlines(), 1):
            line = raw.partition("--")[0].rstrip()
            if not line.strip():
                continue
            deep = len(line) - len(line.lstrip())
            if section := _SECTION.match(line):
                scope, inside = _SCOPES.get(section[1], RUNTIME), ""
            elif deep <= indent or inside not in _FIELDS:  # else it goes on with the field above
                found = _FIELD.match(line)
                inside, indent, line = (found[2].lower(), deep, found[3]) if found else ("", deep, "")
                own = line.strip() if inside == "name" and not own else own
            if inside in _FIELDS:
                _add(wishes, line, number, _FIELDS[inside] or scope, own)
        return wishes.extracted()


def _add(wishes: Wishes, text: str, line: int, scope: str, own: str) -> None:
    for part in _PARTS.sub("", text).split(","):
        found = _WISH.fullmatch(part)
        if found and found[1] != own and not found[1][0].isdigit():
            exact = _EXACT.fullmatch(found[2].strip())
            wishes.add(found[1], line, version=exact[1] if exact else "", constraint=found[2], scope=scope)


def _completed(entry: dict[str, Any], line: int) -> Package | None:
    done = table(entry.get("completed"))
    if found := _HACKAGE.fullmatch(string(done.get("hackage"))):
        return Package(key=found[1], name=found[1], version=found[2], line=line)
    name, version = string(done.get("name")), string(done.get("version"))
    url, commit = string(done.get("git")) or string(done.get("url")), string(done.get("commit"))
    if not name:
        return None
    return Package(
        key=name, name=name, version=version, line=line, origin=clean_url(f"{url}#{commit}" if commit else url)
    )
