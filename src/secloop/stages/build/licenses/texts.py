"""Licences of installed packages: what they declare and their texts, in the folders that package managers fill."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from secloop.model.regex import lazy
from secloop.model.shapes import items, string, table
from secloop.stages.build.licenses.phrases import by_sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_BYTES = 256 << 10
"""Of one text; a longer one is cut."""

_MOST_FILES = 20_000
_DEEPEST = 12
_METADATA = {"METADATA", "PKG-INFO", "package.json"}
_NOTICE = lazy(r"notice|copyright", re.IGNORECASE)
_NAME = lazy(r"(?:un)?licen[cs]e|copying|notice|copyright", re.IGNORECASE)
_ENDS = {"", ".txt", ".md", ".rst", ".html", ".lesser", ".mit", ".apache", ".bsd"}
_PYTHON = lazy(r"(.+?)-([^-]+)\.(?:dist|egg)-info$")


class Text(NamedTuple):
    """A licence text of an installed package. `package` is its purl without version; `path` is below the root."""

    package: str
    path: str
    text: str


class Declared(NamedTuple):
    """What an installed package says of its licence, as written. `package` is its purl without version."""

    package: str
    version: str
    licenses: tuple[str, ...]
    path: str


class Installed:
    """What is installed below a root, by purl without version: texts, and what packages declare."""

    def __init__(self) -> None:
        """Start empty."""
        self.texts: dict[str, list[Text]] = defaultdict(list)
        self.declared: dict[str, list[Declared]] = defaultdict(list)

    def says(self, package: str, version: str) -> Declared | None:
        """Return what the package declares, of this version where it is installed, else of any."""
        found = self.declared.get(package, ())
        return next((one for one in found if one.version == version), found[0] if found else None)

    def texts_of(self, package: str, version: str) -> list[Text]:
        """Return the texts beside what declares this version, else all of the package."""
        every = self.texts.get(package, [])
        folders = {
            f"{one.path.rpartition('/')[0]}/" for one in self.declared.get(package, ()) if one.version == version
        }
        return [text for text in every if text.path.startswith(tuple(folders))] or every


def is_license_file(name: str) -> bool:
    """Return whether a file of this name holds a licence, a notice or a copyright."""
    stem, end = os.path.splitext(name)  # noqa: PTH122 - a name is split, not a path
    return _NAME.match(stem) is not None and end.lower() in _ENDS


def look(root: Path) -> Installed:
    """Return what is installed in the `node_modules`, `site-packages` and `vendor` folders of a tree.

    Links are not followed.
    """
    found = Installed()
    for path, package in _files(root):
        data = _read(path)
        below = path.relative_to(root).as_posix()
        if is_license_file(path.name):
            found.texts[package].append(Text(package, below, data.decode("utf-8", "replace")))
        elif one := _declared(package, below, data):
            found.declared[package].append(one)
    return found


def _files(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files of installed packages that tell a licence, each with its package, up to a bound."""
    left = _MOST_FILES
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        if len(here.relative_to(root).parts) > _DEEPEST:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if name != ".git" and not (here / name).is_symlink())
        wanted = [name for name in sorted(names) if name in _METADATA or is_license_file(name)]
        package = owner(here.relative_to(root).as_posix()) if wanted else ""
        for name in wanted if package else ():
            path = here / name
            left -= 1
            if left < 0:
                return
            if path.is_file() and not path.is_symlink():
                yield path, package


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BYTES)


def _declared(package: str, path: str, data: bytes) -> Declared | None:
    """Return what `package.json`, `METADATA` or `PKG-INFO` says, None where it says nothing that can be read."""
    if path.endswith(".json"):
        return _of_npm(package, path, data)
    from secloop.scan.base import FileMeta, SourceFile
    from secloop.stages.build.packages.base import UnreadableError
    from secloop.stages.build.packages.python.installed import InstalledPackage

    file = SourceFile(FileMeta(path=path, size=len(data)), data)
    try:
        packages = InstalledPackage().extract(file).packages
    except UnreadableError:
        return None
    return next((Declared(package, one.version, one.licenses, path) for one in packages if one.licenses), None)


def _of_npm(package: str, path: str, data: bytes) -> Declared | None:
    """Return npm's `license`: a text, an object, or (up to 2015) a list of objects, of which any may be chosen."""
    import msgspec

    try:
        document = table(msgspec.json.decode(data))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    told = document.get("license")
    every = [told] if told else items(document.get("licenses"))
    names = [string(one) or string(table(one).get("type")) for one in every]
    names = [name for name in names if name]
    if not names:
        return None
    expression = names[0] if len(names) == 1 else " OR ".join(f"({name})" if " " in name else name for name in names)
    return Declared(package, string(document.get("version")), (expression,), path)


def owner(folder: str) -> str:
    """Return the purl (without version) of the package that a folder is of, empty where it is of none."""
    from secloop.stages.build.purl import purl

    parts = folder.split("/")
    if "node_modules" in parts:
        at = len(parts) - parts[::-1].index("node_modules")
        name = (
            "/".join(parts[at : at + 2])
            if parts[at : at + 1] and parts[at].startswith("@")
            else "".join(parts[at : at + 1])
        )
        inside = parts[at + (2 if name.startswith("@") else 1) :]
        return purl("npm", name) if name and not inside else ""
    for number, part in enumerate(parts):
        if found := _PYTHON.fullmatch(part):
            inside = parts[number + 1 :]
            return purl("PyPI", found[1]) if not inside or inside[0] == "licenses" else ""
    if parts[:1] == ["vendor"] and len(parts) > 2:  # noqa: PLR2004 - vendor, owner, name
        name = "/".join(parts[1:])
        return purl("Go", name) if "." in parts[1] else purl("Packagist", "/".join(parts[1:3]))
    return ""


def recognise(text: str) -> str:
    """Return the licences that a text is of, as an SPDX expression; empty where it is none that is known."""
    from licenseclassifier.license_identifier import identify_license

    found = dict.fromkeys(one.id for one in identify_license(text[:MAX_BYTES]))
    return " AND ".join(found or by_sentences(text[:MAX_BYTES]))


def recognised(texts: Sequence[Text]) -> list[tuple[str, str]]:
    """Return (expression, path) of each text of a package that is recognised, each expression once.

    Notices count only where no licence text is recognised: they repeat licences of others.
    """
    plain = [text for text in texts if not _NOTICE.match(text.path.rpartition("/")[2])]
    return _expressions(plain) or _expressions(texts)


def _expressions(texts: Sequence[Text]) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for text in texts:
        if expression := recognise(text.text):
            found.setdefault(expression, text.path)
    return list(found.items())
