"""What a reader of a manifest or lock file takes and gives.

A reader turns bytes into `Extracted`: the packages a file names, the edges between them where the format has edges,
and what it could not read. It never raises on any bytes but `UnreadableError`, and never looks outside its file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from secloop.model import errors
from secloop.model.regex import lazy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secloop.scan.base import SourceFile

MAX_PACKAGES = 100_000
"""A file that names more packages than this is read up to here, and reported as partial."""

RUNTIME, OPTIONAL, BUILD, TEST, DEV = SCOPES = ("runtime", "optional", "build", "test", "dev")
"""Scopes from the one that matters most; a package reachable in several has the first."""

_TEST_FOLDER = lazy(r"(?:^|/)(?:tests?|testing|testdata|test-data|__tests__|fixtures?|specs?|e2e)/", re.IGNORECASE)
_DEV_WORDS = ("dev", "doc", "lint", "typing", "ci", "format", "style", "build")

UnreadableError = errors.UnreadableError
"""What a reader raises of a file of which nothing can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package as one place of one file names it.

    `key` is unique in the file; `needs` holds keys of the packages it depends on. `version` is empty where the file
    does not pin one. `direct` is None where the file alone cannot tell; `scope` is empty where it follows from edges.
    `own` marks the project's own packages (workspace members), which are no components.

    `ecosystem` is empty where it is the reader's; `constraint` is the wish as written where a manifest does not pin;
    `origin` is the registry, repository or archive it comes from, empty for the ecosystem's default registry;
    `hashes` are `algorithm:hex`; `licenses` are declared ones as written; `qualifiers` go into the purl;
    `purl` is the package URL where the file itself names one, else it is made of the other fields;
    `install_script` says that installing runs code of the package.
    """

    key: str
    name: str
    version: str = ""
    line: int = 1
    needs: tuple[str, ...] = ()
    direct: bool | None = None
    scope: str = ""
    own: bool = False
    ecosystem: str = ""
    constraint: str = ""
    origin: str = ""
    hashes: tuple[str, ...] = ()
    licenses: tuple[str, ...] = ()
    qualifiers: tuple[tuple[str, str], ...] = ()
    purl: str = ""
    install_script: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A part of the file that could not be read."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """What was read of one file. `roots` maps keys of direct dependencies to their scope; None where unknown.

    `pinned_by` maps names to versions that this file imposes without installing anything (a constraints file).
    """

    packages: tuple[Package, ...] = ()
    roots: Mapping[str, str] | None = None
    problems: tuple[Problem, ...] = ()
    pinned_by: Mapping[str, str] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """The share (0..1) of the file's parts that could be read."""
        bad = len(self.problems)
        good = len(self.packages) + len(self.pinned_by)
        return good / (good + bad) if bad else 1.0


class Extractor:
    """A reader of one format.

    `ecosystem` is the OSV name; `lock` tells resolved versions from wishes. Beside a readable file of a reader that
    `yields_to` names, in the same folder, this one's packages are not listed (`go.sum` beside `go.mod`).
    """

    name: ClassVar[str]
    ecosystem: ClassVar[str]
    lock: ClassVar[bool] = False
    yields_to: ClassVar[tuple[str, ...]] = ()

    def wants(self, path: str) -> bool:
        """Return whether a file of this path (relative to the root) is of this format."""
        raise NotImplementedError

    def likely(self, head: bytes) -> bool:  # noqa: ARG002 - a hook
        """Return whether a wanted file is worth reading, by its first 4 KiB: a name may say too little."""
        return True

    def extract(self, file: SourceFile) -> Extracted:
        """Return what the file holds. Raises: UnreadableError when that is nothing."""
        raise NotImplementedError

    def neighbours(self, path: str) -> tuple[str, ...]:  # noqa: ARG002 - a hook
        """Return paths of files in other folders that `extract_beside` may want, existing or not."""
        return ()

    def referred(self, path: str, head: bytes) -> tuple[str, ...]:  # noqa: ARG002 - a hook
        """Return the neighbours of a file whose first 4 KiB are `head`; more of them where it names some there."""
        return self.neighbours(path)

    def shelf(self, path: str) -> str:  # noqa: ARG002 - a hook
        """Return the name under which readers of other folders look this file up, empty for none."""
        return ""

    def looks_up(self, path: str, head: bytes) -> tuple[str, ...]:  # noqa: ARG002 - a hook
        """Return the names on the shelf that a file whose first 4 KiB are `head` may want, wherever they stand."""
        return ()

    def extract_beside(self, file: SourceFile, near: Mapping[str, SourceFile]) -> Extracted:  # noqa: ARG002 - a hook
        """Return what the file holds, given its folder's files and its neighbours. Raises: UnreadableError."""
        return self.extract(file)


def group_scope(name: str) -> str:
    """Return the scope that a dependency group or file of this name stands for: test, dev, or empty for none known."""
    words = name.lower().replace("-", " ").replace("_", " ").replace(".", " ").split()
    if any(word.startswith("test") for word in words):
        return TEST
    return DEV if any(word.startswith(_DEV_WORDS) for word in words) else ""


def in_tests(path: str) -> bool:
    """Return whether a file stands in a folder of tests or of what they read."""
    return _TEST_FOLDER.search(path) is not None


def text_of(file: SourceFile) -> str:
    """Return the file's text: UTF-8, or UTF-16 with a byte order mark (what PowerShell's `>` writes)."""
    if file.data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return file.data.decode("utf-16", "replace")
    return file.text.removeprefix("\ufeff")


def bounded(packages: list[Package], problems: list[Problem]) -> tuple[tuple[Package, ...], tuple[Problem, ...]]:
    """Return both as tuples, packages cut at `MAX_PACKAGES` with a problem that says so."""
    if len(packages) > MAX_PACKAGES:
        problems = [*problems, Problem(line=packages[MAX_PACKAGES].line, reason=f"more than {MAX_PACKAGES} packages")]
    return tuple(packages[:MAX_PACKAGES]), tuple(problems)
