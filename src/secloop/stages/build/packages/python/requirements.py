r"""pip's requirements files (https://pip.pypa.io/en/stable/reference/requirements-file-format/).

1. Physical lines become logical ones: `\\` joins, comments go (but pip-compile's `# via` comments are edges).
2. Options (`--hash`, `-r`, `-e` ...) are taken off; `-r` and `-c` name files that are scanned by themselves.
3. What is left is a PEP 508 requirement; `==` and `===` without a wildcard pin it.

A line that is none of these loses itself only.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import (
    MAX_PACKAGES,
    RUNTIME,
    Extracted,
    Extractor,
    Package,
    Problem,
    bounded,
    group_scope,
    text_of,
)
from secloop.stages.build.packages.origin import clean_url, hex_hash
from secloop.stages.build.packages.python.blocks import index
from secloop.stages.build.packages.python.pep508 import LONGEST, wish_text
from secloop.stages.build.packages.python.pep508 import read as read_requirement
from secloop.stages.build.purl import package_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from secloop.scan.base import SourceFile

_NAMES = ("*requirements*.txt", "*requirements*.in", "constraints*.txt", "*-constraints.txt")
_PARTS = lazy(
    r"(?:pip|test)-requires(?:\.txt)?|(?:base|common|core|deps?|dependencies|dev(?:el(?:op(?:ment)?)?)?|docs?|lint|ci|local|staging"
    r"|minimal|optional|extras|all|tests?|testing|prod(?:uction)?|packages)(?:[-_][a-z0-9-]+)?(?:\.txt|\.in)"
)
_PINNED = lazy(r"^[A-Za-z0-9][\w.-]*(?:\[[\w,.\s-]*\])?\s*(?:[=~!<>]=|<|>)\s*\d", re.MULTILINE)
_LINE = lazy(r"\s*(?:[A-Za-z0-9][\w.-]*(?:\[[\w,.\s-]*\])?\s*(?:[=~!<>]=|[<>;@#]|$)|#|-|$|[\w+]+://).*")
_FOLDERS = ("requirements", "requirement", "reqs")
_COMMENT = lazy(r"(?:^|\s)#.*$")
_INDEX = lazy(r"(?:-i|--index-url)(?:\s+|=)(\S+)")
_HASH = lazy(r"--hash(?:\s+|=)(\S+)")
_INCLUDE = lazy(r"(?:-r|--requirement|-c|--constraint)(?:\s+|=)?(\S+)")
_CONSTRAINT = lazy(r"^[ \t]*(?:-c|--constraint)(?:[ \t]+|=)?([^\s#]+)", re.MULTILINE)
_OPTIONS = lazy(r"(?:^|\s)--?[A-Za-z].*$")
_EGG = lazy(r"[#&]egg=([A-Za-z0-9][A-Za-z0-9._-]*)")
_LOCAL = lazy(r"(?:[./~\\]|[A-Za-z]:[\\/]|file:|\$\{?[A-Za-z_])")
_REMOTE = lazy(r"[a-z][a-z0-9+.-]*://|[a-z]+\+", re.IGNORECASE)
_WHEEL = lazy(r"(?:^|/)([A-Za-z0-9._]+)-([0-9][A-Za-z0-9._!+]*)-[^/]+\.whl")
_SHORT = 4000  # bytes; the last line of a longer head is cut off
_ARCHIVES = (".whl", ".zip", ".tar.gz")
_TEMPLATE = lazy(r"\{[{%]|<%")
_VIA = lazy(r"#\s*via\b\s*(.*)$")


class Requirements(Extractor):
    """`requirements*.txt`, their `.in` sources, and constraints files."""

    name = "requirements.txt"
    ecosystem = "PyPI"
    lock = False

    def wants(self, path: str) -> bool:
        """Return whether pip users call such a file a requirements file."""
        folder, _, name = path.lower().rpartition("/")
        if any(fnmatchcase(name, pattern) for pattern in _NAMES):
            return True
        return folder.rpartition("/")[2] in _FOLDERS and name.endswith((".txt", ".in"))

    def extract(self, file: SourceFile) -> Extracted:
        """Return the requirements of a file, one package a line; unpinned ones have no version."""
        reading = _Reading(file.path)
        for number, line, via in _logical_lines(text_of(file)):
            reading.line(number, line, via)
            if len(reading.packages) > MAX_PACKAGES:
                break
        packages, problems = bounded(reading.linked(), reading.problems)
        if is_constraints(file.path):
            pins = {package.name: package.version for package in packages if package.version}
            return Extracted(problems=problems, pinned_by=pins)
        roots = {package.key: package.scope for package in packages if package.direct}
        return Extracted(packages=packages, problems=problems, roots=roots)

    def referred(self, path: str, head: bytes) -> tuple[str, ...]:
        """Return the constraints files of other folders that the first lines of a requirements file name."""
        return tuple(constraints_of(path, head.decode("utf-8", "replace")))

    def extract_beside(self, file: SourceFile, near: Mapping[str, SourceFile]) -> Extracted:
        """Return the requirements, pinned by the constraints files of other folders that the file names."""
        content = self.extract(file)
        pins: dict[str, str] = {}
        for path in constraints_of(file.path, text_of(file)):
            if path in near and path != file.path:
                told = self.extract(near[path])
                pins.update(told.pinned_by or {package.name: package.version for package in told.packages})
        if not pins:
            return content
        packages = tuple(p if p.version else replace(p, version=pins.get(p.name, "")) for p in content.packages)
        return replace(content, packages=packages)


class RequirementsByContent(Requirements):
    """Files that others include with `-r`: `base.txt`, `dev.in` and the like, where every line is a requirement."""

    def wants(self, path: str) -> bool:
        """Return whether projects call such a file a part of their requirements."""
        return _PARTS.fullmatch(posixpath.basename(path.lower())) is not None and "-packages/" not in path

    def likely(self, head: bytes) -> bool:
        """Return whether the first lines are requirements, at least one of them with a version."""
        text = head.decode("utf-8", "replace").removeprefix("\ufeff")
        lines = text.splitlines()[:-1] if len(head) > _SHORT else text.splitlines()
        return _PINNED.search(text) is not None and all(_LINE.fullmatch(line) for line in lines)


def constraints_of(path: str, text: str) -> Iterator[str]:
    """Yield the paths of the files that constrain a requirements file (`-c`), constraints or other requirements."""
    for found in _CONSTRAINT.finditer(text):
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), found[1]))
        if not target.startswith(("../", "/")) and "://" not in found[1]:
            yield target


def is_constraints(path: str) -> bool:
    """Return whether a file only constrains versions: it installs nothing by itself."""
    return "constraints" in posixpath.basename(path.lower())


class _Reading:
    """The state of one file's reading."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.scope = group_scope(posixpath.basename(path).rpartition(".")[0]) or RUNTIME
        self.packages: list[Package] = []
        self.problems: list[Problem] = []
        self._parents: list[tuple[str, ...]] = []
        self._index = ""

    def linked(self) -> list[Package]:
        """Return the packages with the edges that `# via` comments name; of equal names the first has them."""
        needs: dict[str, list[str]] = {}
        for package, parents in zip(self.packages, self._parents, strict=True):
            for parent in parents:
                needs.setdefault(parent, []).append(package.key)
        return [
            replace(package, needs=tuple(needs.pop(package.name, ())), origin=package.origin or self._index)
            if self._index or package.name in needs
            else package
            for package in self.packages
        ]

    def line(self, number: int, line: str, via: tuple[str, ...]) -> None:
        """Read one logical line."""
        if found := _INCLUDE.match(line):
            self._include(number, found[1])
            return
        if found := _INDEX.match(line):
            self._index = index(found[1])
            return
        if line.startswith("-") and not (line := _editable(line)):
            return
        if len(line) > LONGEST or _TEMPLATE.search(line):
            self._bad(number, "a line that is a template or too long is not a requirement")
            return
        try:
            package = _package(line)
        except ValueError as error:
            self._bad(number, f"not a requirement: {error}")
            return
        if package:
            parents = tuple(package_name("PyPI", name) for name in via if not name.startswith("-"))
            direct = not via or len(parents) < len(via)
            key = f"{package.name}:{number}"
            self.packages.append(replace(package, key=key, line=number, scope=self.scope, direct=direct))
            self._parents.append(parents)

    def _include(self, number: int, target: str) -> None:
        """Note an included file that no scan of its own reads: outside the root, remote, or under an unusual name."""
        if _REMOTE.match(target):
            place = target.rpartition("@")[2]  # what stands before may be a password
            self._bad(number, f"includes {place[:120]}, which is not in the tree")
            return
        path = posixpath.normpath(posixpath.join(posixpath.dirname(self.path), target))
        if path.startswith(("../", "/")):
            self._bad(number, f"includes {target[:120]}, which lies outside the project")
        elif not (Requirements().wants(path) or RequirementsByContent().wants(path)):
            self._bad(number, f"includes {target[:120]}, whose name does not say that it holds requirements")

    def _bad(self, number: int, reason: str) -> None:
        self.problems.append(Problem(line=number, reason=reason))


def _logical_lines(text: str) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Yield (line, text, names after `# via`) of each logical line; a `# via` block belongs to the line before it."""
    pending: tuple[int, str, list[str]] | None = None
    joined, start, in_via = "", 0, False
    for number, raw in enumerate(text.splitlines(), 1):
        if not joined and raw.lstrip().startswith("#"):
            in_via = _via_comment(raw, pending[2] if pending else [], in_via)
            continue
        start = start if joined else number
        joined += (
            _COMMENT.sub("", raw).strip() if not raw.rstrip().endswith("\\") else raw.strip().removesuffix("\\") + " "
        )
        if raw.rstrip().endswith("\\") and len(joined) <= LONGEST:
            continue
        if joined.strip():
            if pending:
                yield pending[0], pending[1], tuple(pending[2])
            inline = _VIA.search(raw)
            pending = (start, joined.strip(), _names(inline[1]) if inline else [])
            in_via = inline is not None
        joined = ""
    if pending:
        yield pending[0], pending[1], tuple(pending[2])
    if joined.strip():
        yield start, joined.strip(), ()


def _via_comment(raw: str, names: list[str], inside: bool) -> bool:
    """Add the names of a `# via` comment line to `names`; return whether such a block goes on."""
    if found := _VIA.search(raw):
        names += _names(found[1])
        return True
    body = raw.strip().removeprefix("#").strip()
    if inside and raw[:1].isspace() and body and (body.startswith("-r ") or " " not in body):
        names += _names(body)
        return True
    return False


def _names(text: str) -> list[str]:
    """Return the names of a `# via` comment; a `-r FILE` entry keeps its dash and marks a direct dependency."""
    text = text.strip()
    if text.startswith("-") or "(" in text:  # `-r requirements.in`, `flask (pyproject.toml)`
        return [f"-{text.lstrip('-')}"]
    return [name for name in re.split(r"[,\s]+", text) if name]


def _editable(line: str) -> str:
    """Return what `-e` installs, or the empty string for any other option line."""
    found = re.match(r"(?:-e|--editable)(?:\s+|=)(.+)", line)
    return found[1].strip() if found else ""


def _package(line: str) -> Package | None:
    """Return a requirement without place and scope, None for a path or archive without a name. Raises: ValueError."""
    hashes = tuple(digest for text in _HASH.findall(line) if (digest := hex_hash(text)))
    line = _OPTIONS.sub("", line).strip()
    if not line or _LOCAL.match(line):
        return None
    if _REMOTE.match(line) or line.endswith(_ARCHIVES):
        return _from_url(line, hashes)
    if (
        "://" not in line
    ):  # in an address, `#` starts a fragment; elsewhere only a comment that pip wants a space before
        line = line.partition("#")[0].rstrip()
    wish = read_requirement(line)
    wheel = _WHEEL.search(wish.url)
    name = package_name("PyPI", wish.name)
    return Package(
        key=name,
        name=name,
        version=wheel[2] if wheel else wish.version,
        constraint="" if wheel else wish_text(line, wish),
        origin=clean_url(wish.url),
        hashes=hashes,
    )


def _from_url(line: str, hashes: tuple[str, ...]) -> Package | None:
    if wheel := _WHEEL.search(line):
        name, version = package_name("PyPI", wheel[1]), wheel[2]
    elif egg := _EGG.search(line):
        name, version = package_name("PyPI", egg[1]), ""
    else:
        return None
    address = clean_url(line.partition("+")[2] if re.match(r"[a-z]+\+", line) else line)
    return Package(key=name, name=name, version=version, origin=address if "://" in address else "", hashes=hashes)
