"""Licence texts of installed packages: found in the folders that package managers fill, recognised by their words."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 256 << 10
"""Of one text; a longer one is cut."""

_MOST_FILES = 20_000
_DEEPEST = 12
_NAME = re.compile(r"(?:un)?licen[cs]e|copying|notice|copyright", re.IGNORECASE)
_ENDS = {"", ".txt", ".md", ".rst", ".html", ".lesser", ".mit", ".apache", ".bsd"}
_PYTHON = re.compile(r"(.+?)-([^-]+)\.(?:dist|egg)-info$")


class Text(NamedTuple):
    """A licence text of an installed package. `package` is its purl without version; `path` is below the root."""

    package: str
    path: str
    text: str


def is_license_file(name: str) -> bool:
    """Return whether a file of this name holds a licence, a notice or a copyright."""
    stem, end = os.path.splitext(name)  # noqa: PTH122 - a name is split, not a path
    return _NAME.match(stem) is not None and end.lower() in _ENDS


def installed(root: Path) -> Iterator[Text]:
    """Yield the texts below `node_modules`, `site-packages` and `vendor` folders of a tree, links not followed."""
    left = _MOST_FILES
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        if len(here.relative_to(root).parts) > _DEEPEST:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if name != ".git" and not (here / name).is_symlink())
        wanted = [name for name in sorted(names) if is_license_file(name)]
        package = owner(here.relative_to(root).as_posix()) if wanted else ""
        for name in wanted if package else ():
            path = here / name
            left -= 1
            if left < 0:
                return
            if path.is_file() and not path.is_symlink():
                with path.open("rb") as file:
                    text = file.read(MAX_BYTES).decode("utf-8", "replace")
                yield Text(package, path.relative_to(root).as_posix(), text)


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

    return " AND ".join(dict.fromkeys(found.id for found in identify_license(text[:MAX_BYTES])))
