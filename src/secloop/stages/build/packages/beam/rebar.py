"""`rebar.lock` (https://rebar3.org/docs/configuration/dependencies/#lock-files): terms of Erlang, read as text."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import Extracted, Extractor, Package, UnreadableError, text_of
from secloop.stages.build.packages.origin import clean_url, hex_hash
from secloop.stages.build.packages.wishes import LineIndex, extracted

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile

_HEX = lazy(r"\{<<\"([^\"]+)\">>,\s*\{pkg,\s*<<\"([^\"]+)\">>,\s*<<\"([^\"]+)\">>[^}]*\},\s*(\d+)\}")
_GIT = lazy(r"\{<<\"([^\"]+)\">>,\s*\{git,\s*\"([^\"]+)\",\s*\{ref,\s*\"([^\"]+)\"\}\},\s*(\d+)\}")
_HASH = lazy(r"\{<<\"([^\"]+)\">>,\s*<<\"([0-9A-Fa-f]{64})\">>\}")


class RebarLock(Extractor):
    """`rebar.lock`: packages with their level, of which 0 is direct; it has no edges."""

    name = "rebar.lock"
    ecosystem = "Hex"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is a `rebar.lock`."""
        return posixpath.basename(path) == "rebar.lock"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the packages; those of a repository have no version."""
        text = text_of(file)
        hashes = dict(_HASH.findall(text.partition("{pkg_hash_ext,")[2].partition("]}")[0]))
        packages, lines = [], LineIndex(text)
        for found in _HEX.finditer(text):
            digest = hex_hash(hashes.get(found[1], ""), "sha256")
            packages.append(
                Package(
                    key=found[1],
                    name=found[2],
                    version=found[3],
                    line=lines.at(found.start()),
                    direct=found[4] == "0",
                    hashes=(digest,) if digest else (),
                ),
            )
        for found in _GIT.finditer(text):
            line = lines.at(found.start())
            origin = clean_url(f"{found[2]}#{found[3]}")
            packages.append(Package(key=found[1], name=found[1], line=line, direct=found[4] == "0", origin=origin))
        if not packages and text.strip() and not text.lstrip().startswith(("[", "{", "%")):
            raise UnreadableError("not a lock file of rebar3", 1)
        return extracted(packages)
