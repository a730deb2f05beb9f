"""R: `renv.lock` (https://rstudio.github.io/renv/) and `DESCRIPTION` files."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from secloop.model.regex import lazy
from secloop.model.shapes import items, string, table
from secloop.stages.build.packages.base import (
    OPTIONAL,
    RUNTIME,
    Extracted,
    Extractor,
    Package,
    UnreadableError,
    text_of,
)
from secloop.stages.build.packages.json import Lines, parse_json
from secloop.stages.build.packages.origin import clean_url
from secloop.stages.build.packages.wishes import Wishes, extracted

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile

_FIELDS = (
    ("Depends", RUNTIME),
    ("Imports", RUNTIME),
    ("LinkingTo", RUNTIME),
    ("Suggests", OPTIONAL),
    ("Enhances", OPTIONAL),
)
_FIELD = lazy(r"([A-Za-z][\w@/.-]*):(.*)")
_WISH = lazy(r"\s*([A-Za-z][A-Za-z0-9.]*)\s*(?:\(([^()]*)\))?\s*")
_BASE = {
    "R", "base", "compiler", "datasets", "graphics", "grDevices", "grid", "methods", "parallel", "splines", "stats",
    "stats4", "tcltk", "tools", "utils",
}  # fmt: skip


class RenvLock(Extractor):
    """`renv.lock`: packages of CRAN, Bioconductor and repositories, with their requirements."""

    name = "renv.lock"
    ecosystem = "CRAN"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is an `renv.lock`."""
        return posixpath.basename(path) == "renv.lock"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the packages with edges."""
        text = text_of(file)
        document = parse_json(text)
        if document and not document.keys() & {"R", "Packages"}:
            raise UnreadableError("not a lock file: it has no packages", 1)
        lines = Lines(text)
        lines.enter("Packages")
        entries = table(document.get("Packages"))
        return extracted([_locked(name, table(entry), lines.take(name)) for name, entry in entries.items()])


class Description(Extractor):
    """`DESCRIPTION` of a package in source form: wishes; of an installed one (it says when it was built): itself."""

    name = "DESCRIPTION"
    ecosystem = "CRAN"

    def wants(self, path: str) -> bool:
        """Return whether R keeps a package's description under this name."""
        return posixpath.basename(path) == "DESCRIPTION"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the wishes or the installed package; nothing of a file that only has the name."""
        fields = _fields(text_of(file))
        if "Package" not in fields:
            return Extracted()
        if "Built" in fields:
            return extracted(_installed(fields))
        wishes = Wishes()
        for name, scope in _FIELDS:
            for line, text in fields.get(name, []):
                for part in text.split(","):
                    found = _WISH.fullmatch(part)
                    if found and found[1] not in _BASE:
                        wishes.add(found[1], line, constraint=found[2] or "", scope=scope)
        return wishes.extracted()


def _locked(name: str, entry: dict[str, Any], line: int) -> Package:
    source, user, repo = (string(entry.get(key)) for key in ("Source", "RemoteUsername", "RemoteRepo"))
    commit, url = string(entry.get("RemoteSha")), string(entry.get("RemoteUrl"))
    if user and repo and string(entry.get("RemoteType")) == "github":
        url = f"https://github.com/{user}/{repo}"
    # What is not of CRAN must not match CRAN's advisories by its name.
    foreign = source == "Bioconductor" or bool(url) or source in {"Git", "GitLab", "Bitbucket", "Local"}
    origin = clean_url(f"{url}#{commit}" if url and commit else url) or ("Bioconductor" if foreign else "")
    return Package(
        key=name,
        name=string(entry.get("Package")) or name,
        version=string(entry.get("Version")),
        line=line,
        needs=_needs(entry),
        licenses=tuple(filter(None, [string(entry.get("License"))])),
        ecosystem="generic" if foreign else "",
        origin=origin if source != "Local" else "",
        own=source == "Local",
    )


def _needs(entry: dict[str, Any]) -> tuple[str, ...]:
    """Return what a package needs: its requirements, or since renv 1.1 the fields of its description."""
    told = items(entry.get("Requirements"))
    for field, scope in _FIELDS:
        told = told + items(entry.get(field)) if scope == RUNTIME else told
    found = (_WISH.fullmatch(string(one)) for one in told)
    return tuple(dict.fromkeys(one[1] for one in found if one and one[1] not in _BASE))


def _installed(fields: dict[str, list[tuple[int, str]]]) -> list[Package]:
    line, name = fields["Package"][0]
    version = fields.get("Version", [(1, "")])[0][1]
    licenses = tuple(text for _, text in fields.get("License", [])[:1] if text)
    return [Package(key=name, name=name, version=version, line=line, licenses=licenses)]


def _fields(text: str) -> dict[str, list[tuple[int, str]]]:
    """Return the lines of every field (Debian control format): number and text."""
    fields: dict[str, list[tuple[int, str]]] = {}
    at = ""
    for number, line in enumerate(text.splitlines(), 1):
        if found := _FIELD.match(line):
            at = found[1]
            fields.setdefault(at, []).append((number, found[2].strip()))
        elif at and line[:1].isspace():
            fields[at].append((number, line.strip()))
    return fields
