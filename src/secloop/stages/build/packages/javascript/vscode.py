"""Extensions of Visual Studio Code: the list of installed ones, and what an extension's archive brings along."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import TYPE_CHECKING
from zlib import error as ZlibError  # noqa: N812 - a class despite its name

from secloop.model.regex import lazy
from secloop.model.shapes import items, string, table
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
from secloop.stages.build.packages.javascript.names import hashes_of
from secloop.stages.build.packages.json import parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.scan.base import SourceFile

_INSTALLED = lazy(r"(?:.*/)?node_modules/(?:@[^/]++/)?[^/]++/package\.json")
_MAX_ENTRIES = 50_000
_MAX_BYTES = 1 << 20
"""Of one `package.json`, unpacked."""

_MAX_ALL = 64 << 20


class VsCodeExtensions(Extractor):
    """`.vscode/extensions/extensions.json`, which lists the installed extensions."""

    name = "vscode extensions"
    ecosystem = "VSCode"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is the list of a folder of installed extensions."""
        folders = path.split("/")[-3:-1]
        return path.endswith("extensions/extensions.json") and bool(folders) and folders[0].startswith(".vscode")

    def extract(self, file: SourceFile) -> Extracted:
        """Return the extensions, `publisher.name`. Raises: UnreadableError."""
        text = text_of(file)
        listed = parse_json(f'{{"extensions":{text}\n}}')["extensions"]
        if not isinstance(listed, list):
            raise UnreadableError("not a JSON array of extensions", 1)
        packages, problems = [], []
        for number, entry in enumerate(map(table, items(listed))):
            name, version = string(table(entry.get("identifier")).get("id")), string(entry.get("version"))
            if not name or not version:
                problems.append(Problem(line=1, reason=f"extension {number} has no id or version"))
                continue
            at = text.find(f'"{name}"')
            line = text.count("\n", 0, at) + 1
            packages.append(
                Package(key=f"{name}:{number}", name=name, version=version, line=line, direct=True, scope=RUNTIME)
            )
        kept, problems_out = bounded(packages, problems)
        return Extracted(packages=kept, problems=problems_out)


class Vsix(Extractor):
    """`*.vsix`: the npm packages in the `node_modules` of an extension's archive. Nothing is unpacked to the disk."""

    name = "vsix"
    ecosystem = "npm"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is an extension's archive."""
        return path.lower().endswith(".vsix")

    def extract(self, file: SourceFile) -> Extracted:
        """Return the packages. Raises: UnreadableError for what is no zip archive."""
        try:
            with zipfile.ZipFile(BytesIO(file.data)) as archive:
                return _installed(archive)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
            raise UnreadableError("not a zip archive that can be read") from error


def _installed(archive: zipfile.ZipFile) -> Extracted:
    packages, problems, left = [], [], _MAX_ALL
    for entry in _entries(archive):
        left -= entry.file_size
        if left < 0:
            problems.append(Problem(line=0, reason=f"more than {_MAX_ALL >> 20} MB of package.json files"))
            break
        try:
            found = _package(archive, entry)
        except (UnreadableError, zipfile.BadZipFile, NotImplementedError, RuntimeError, ZlibError, EOFError, OSError):
            problems.append(Problem(line=0, reason=f"{entry.filename[:80]} cannot be read"))
            continue
        if found:
            packages.append(found)
    kept, problems_out = bounded(packages, problems)
    return Extracted(packages=kept, problems=problems_out)


def _entries(archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    for entry in archive.infolist()[:_MAX_ENTRIES]:
        if _INSTALLED.fullmatch(entry.filename) and entry.file_size <= _MAX_BYTES:
            yield entry


def _package(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Package | None:
    """Return the package that a `package.json` describes. Raises: UnreadableError, and what zipfile raises."""
    with archive.open(entry) as stream:
        document = parse_json(stream.read(_MAX_BYTES).decode("utf-8", "replace"))
    name, version = string(document.get("name")).strip(), string(document.get("version")).strip()
    if not name or not version:
        return None
    license_ = string(document.get("license"))
    return Package(
        key=entry.filename,
        name=name,
        version=version,
        scope=RUNTIME,
        hashes=hashes_of(string(document.get("_integrity"))),
        licenses=(license_,) if license_ else (),
    )
