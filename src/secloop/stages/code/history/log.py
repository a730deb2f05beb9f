r"""What every commit brought: `git log --raw`, as a stream of changes from the oldest commit to the newest.

Merges are asked for as combined diffs (`-c`): git then lists the files of a merge that differ from *every* parent,
which is what a merge can bring that no other commit did. A file that equals one parent's came with that parent's
history and is listed there, so the changes of a set of commits hold every blob they brought; `-m` would list all of a
branch again at each merge, and git's default would leave a merge's own content out.

Everything a repository's configuration can change of the output is fixed by a flag, and what could run a program
(`log.showSignature` runs `gpg.program`) is off. A commit graph file is not read: it belongs to the repository, and one
that lies would hide commits.
"""

from __future__ import annotations

import os
import re
import select
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from secloop.scan.git import TIMEOUT, GitError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Sequence

    from secloop.scan.git import Git

_FLAGS = (
    *("--date-order", "--reverse"),  # a parent before its children, and the oldest of the others first
    *("--raw", "-z", "--no-abbrev", "--no-renames", "--full-history", "-c", "--root", "--diff-filter=AMT"),
    *("--relative", "--no-ext-diff", "--no-textconv", "--no-color", "--no-show-signature", "--no-notes"),
    *("--ignore-submodules=none", f"-O{os.devnull}", "--encoding=UTF-8", "--no-mailmap", "--no-decorate"),
    "--format=%x01%H%x00%an <%ae>%x00%aI",
)
_MARK = b"\x01"
_CHUNK = 1 << 20
_LINKS = (b"120000", b"160000")
_NONE = re.compile(rb"0+")
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)")
_NAME = 200


class Commit(NamedTuple):
    """A commit: its id, author (name and address) and author date (RFC 3339; '' where it is none)."""

    id: str
    author: str
    date: str


class Change(NamedTuple):
    """A file that a commit brought: its content before (b'' for none) and after by object id in hex, and its path."""

    before: bytes
    after: bytes
    path: bytes
    commit: Commit


class Log:
    """The changes of the commits that `revisions` name; iterate once, then the counts are complete.

    `commits` counts commits, `cut` those at which a shallow clone ends, `links` the changes of symbolic links and
    submodules, which hold no content. `failed` tells that git stopped early: an object is missing or broken.
    """

    def __init__(self, git: Git, revisions: Sequence[str], paths: Sequence[str] = ()) -> None:
        """Ask for the history of `revisions`, limited to `paths` below git's folder."""
        self.commits = 0
        self.cut = 0
        self.links = 0
        self.failed = False
        self._git = git
        self._revisions = revisions
        self._shallow = git.shallow_commits()
        self._commit = Commit("", "", "")
        limits = tuple(paths) or (() if git.root == git.toplevel else (".",))
        self._arguments = ("-c", "core.commitGraph=false", "log", *_FLAGS, *revisions, "--", *limits)

    def __iter__(self) -> Iterator[Change]:
        """Iterate over the changes. Raises: GitError when git stops answering."""
        if not self._revisions:
            return
        process = start(self._git, *self._arguments)
        assert process.stdin is not None  # noqa: S101 - popen asks for both pipes; this tells mypy
        process.stdin.close()
        try:
            yield from self._changes(_fields(process, self._git))
            self.failed = process.wait() != 0
        finally:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()

    def _changes(self, fields: Iterator[bytes]) -> Iterator[Change]:
        for field in fields:
            head = field.lstrip(b"\n")
            if head.startswith(_MARK):
                self._commit = _commit(head[1:], next(fields, b""), next(fields, b""))
                self.commits += 1
                self.cut += self._commit.id in self._shallow
            elif head.startswith(b":"):
                change = self._change(head, next(fields, b""))
                if change is not None:
                    yield change

    def _change(self, head: bytes, path: bytes) -> Change | None:
        """Read `:<mode>... <mode> <id>... <id> <status>`, with a colon, mode and id for each parent."""
        parents = len(head) - len(head.lstrip(b":"))
        words = head[parents:].split(b" ")
        if words[parents] in _LINKS:
            self.links += 1
            return None
        before = b"" if words[0] in _LINKS or _NONE.fullmatch(words[parents + 1]) else words[parents + 1]
        return Change(before, words[2 * parents + 1], path, self._commit)


def _commit(oid: bytes, author: bytes, date: bytes) -> Commit:
    when = date.decode("ascii", "replace")
    name = author.decode("utf-8", "replace")[:_NAME]
    return Commit(oid.decode(), name, when if _DATE.fullmatch(when) else "")


def _fields(process: subprocess.Popen[bytes], git: Git) -> Iterator[bytes]:
    """Yield the fields between NUL bytes of what git prints."""
    assert process.stdout is not None  # noqa: S101 - as above
    rest = b""
    while chunk := read_chunk(process, git, _CHUNK):
        *whole, rest = (rest + chunk).split(b"\0")
        yield from whole
    if rest:
        yield rest


def start(git: Git, *arguments: str) -> subprocess.Popen[bytes]:
    """Start git with a pipe that holds a chunk, where the system allows: fewer waits. Raises: GitError."""
    process = git.popen(*arguments)
    if sys.platform == "linux" and process.stdout is not None:
        import fcntl

        with suppress(OSError):  # over /proc/sys/fs/pipe-max-size
            fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, _CHUNK)
    return process


def read_chunk(process: subprocess.Popen[bytes], git: Git, size: int) -> bytes:
    """Return up to `size` bytes of git's output, b'' at its end. Raises: GitError when it gives none for too long."""
    return os.read(_waited(process, git).fileno(), size)


def read_into(process: subprocess.Popen[bytes], git: Git, buffer: Any) -> int:
    """Read git's output into a buffer; return how many bytes, 0 at its end. Raises: GitError as `read_chunk`."""
    read: int = _waited(process, git).readinto(buffer)
    return read


def _waited(process: subprocess.Popen[bytes], git: Git) -> Any:
    """Return git's output, which is an unbuffered file, when there is something to read or it has ended."""
    out = process.stdout
    assert out is not None  # noqa: S101 - as above
    if os.name == "posix" and not select.select([out], [], [], TIMEOUT)[0]:
        process.kill()
        raise GitError(f"git gave no data for {TIMEOUT:.0f} s in {git.root}", "Check the file system")
    return out
