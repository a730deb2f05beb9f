"""Chisel's manifest of what it cut out of Ubuntu's packages: one JSON object a line, compressed with zstd.

https://documentation.ubuntu.com/chisel/en/latest/reference/manifest/
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from secloop.model.shapes import string, table
from secloop.scan.images import LayerError
from secloop.scan.images_packed import unpack
from secloop.stages.build.packages.base import Extracted, Package, Problem, UnreadableError, bounded
from secloop.stages.build.packages.os.release import InstalledReader

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile
    from secloop.stages.build.packages.os.release import Distribution

_HEAD = b'{"jsonwall"'
_ZSTD = b"\x28\xb5\x2f\xfd"
_MAX_TEXT = 128 << 20
_PACKAGE = "package"


class ChiselManifest(InstalledReader):
    """Reads `var/lib/chisel/manifest.wall`, which chiselled images have in place of dpkg's database."""

    name: ClassVar[str] = "chisel"
    ecosystem: ClassVar[str] = "Ubuntu"
    manager: ClassVar[str] = "dpkg"
    folders: ClassVar[tuple[str, ...]] = ("var/lib/chisel/",)

    def wants(self, path: str) -> bool:
        """Return whether `path` is a manifest below some root."""
        return self.below(path) == "manifest.wall"

    def read(self, file: SourceFile, known: Distribution) -> Extracted:
        """Return the packages. Raises: UnreadableError when it is no manifest, or zstd's library is missing."""
        packages: list[Package] = []
        problems: list[Problem] = []
        for number, line in enumerate(_text(file.data).split(b"\n"), 1):
            try:
                row: dict[str, Any] = table(msgspec.json.decode(line)) if line.strip() else {}
            except (msgspec.DecodeError, RecursionError):
                problems.append(Problem(line=number, reason="not valid JSON"))
                continue
            name, version = string(row.get("name")), string(row.get("version"))
            if row.get("kind") == _PACKAGE and name and version:
                packages.append(_package(row, number, known, known.ecosystem(self.manager, self.ecosystem)))
        found, told = bounded(packages, problems)
        return Extracted(packages=found, problems=told)


def _text(data: bytes) -> bytes:
    """Return the manifest's lines. Raises: UnreadableError."""
    if data.startswith(_ZSTD):
        out = io.BytesIO()
        try:
            unpack(io.BytesIO(data), len(data), out, _MAX_TEXT)
        except LayerError as error:
            raise UnreadableError(str(error)) from error
        data = out.getvalue()
    if not data.startswith(_HEAD):
        raise UnreadableError("not a manifest of Chisel", 1)
    return data


def _package(row: dict[str, Any], number: int, known: Distribution, ecosystem: str) -> Package:
    digest = string(row.get("sha256"))
    return Package(
        key=str(number),
        name=string(row.get("name")),
        version=string(row.get("version")),
        ecosystem=ecosystem,
        hashes=(f"sha256:{digest}",) if digest else (),
        qualifiers=(("arch", string(row.get("arch"))), ("distro", known.qualifier)),
    )
