"""Which files a folder holds: git's own answer where there is git, our walk with nested ignore files elsewhere.

Nothing here opens a file other than ignore files, and no symbolic link is followed.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from secloop.scan.git import Git, GitError, is_repository
from secloop.scan.globs import MAX_IGNORE_FILE, Globs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MAX_NESTING = 64
"""Repositories inside repositories that are followed."""


class Listing:
    """The files below a root, and what was left out on the way.

    `files` are paths relative to the root as `os.fsdecode` gives them; `ignored` are paths that ignore rules hide (a
    folder hidden whole is one path with a slash); `unreadable` maps a folder that cannot be listed to the reason.
    `enters` says of a folder whether anything in it is asked for; one that is not entered is not listed.
    """

    def __init__(self, enters: Callable[[str], bool]) -> None:
        """Start empty."""
        self.enters = enters
        self.files: list[str] = []
        self.ignored: list[str] = []
        self.unreadable: dict[str, str] = {}


class _Rules(NamedTuple):
    """The ignore file of one folder. `base` is the folder's path with a trailing slash ("" for the root)."""

    base: str
    globs: Globs


def list_tree(root: Path, *, no_ignore: bool = False, enters: Callable[[str], bool] = lambda _: True) -> Listing:
    """List the files below `root`; with `no_ignore`, every file outside `.git`.

    Folders of which `enters` says no are passed over where that saves work: who asks for one file of a large folder
    that git does not keep should not wait for all of it.
    """
    listing = Listing(enters)
    git = None if no_ignore else Git.find(root)
    if git is None or git.bare or not _list_git(git, "", listing, 0):
        _walk(Path(root), "", listing, no_ignore=no_ignore, nesting=0)
    return listing


def list_folder(root: Path, folder: str) -> Listing:
    """List every file below `root/folder` outside `.git`, ignored or not."""
    listing = Listing(lambda _: True)
    _walk(Path(root), f"{folder}/" if folder else "", listing, no_ignore=True, nesting=0)
    return listing


def _list_git(git: Git, prefix: str, listing: Listing, nesting: int) -> bool:
    """Add what git lists below its folder; return False when git cannot tell."""
    try:
        if git.is_ignored():
            return False
        files, ignored = git.listed()
    except GitError:
        return False
    listing.ignored += [prefix + path for path in ignored]
    for path in files:
        at = f"{git.root}/{path}"  # for every file, so without pathlib
        if path.endswith("/") or (os.path.isdir(at) and not os.path.islink(at)):  # noqa: PTH112, PTH114
            inside = prefix + path.rstrip("/")
            if listing.enters(inside):
                _list_nested(Path(at), inside + "/", listing, nesting + 1)
        else:
            listing.files.append(prefix + path)
    return True


def _list_nested(folder: Path, prefix: str, listing: Listing, nesting: int) -> None:
    """Add a submodule or nested repository; one that is not checked out is a folder like any other."""
    if nesting > _MAX_NESTING:
        listing.unreadable[prefix.rstrip("/")] = f"more than {_MAX_NESTING} repositories inside each other"
        return
    git = Git.find(folder) if is_repository(folder) else None
    if git is None or not _list_git(git, prefix, listing, nesting):
        _walk(folder, "", listing, no_ignore=False, nesting=nesting, prefix=prefix)


def _walk(root: Path, start: str, listing: Listing, *, no_ignore: bool, nesting: int, prefix: str = "") -> None:
    """Walk `root/start` without recursion. `prefix` is put before every path that is listed."""
    pending: list[tuple[str, tuple[_Rules, ...]]] = [(start, ())]
    top = str(root).rstrip("/") + "/"  # paths as text: there are thousands
    while pending:
        folder, rules = pending.pop()
        try:
            with os.scandir(top + folder) as scan:
                entries = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in scan]
        except OSError as error:
            listing.unreadable[(prefix + folder).rstrip("/") or "."] = f"folder cannot be listed: {error.strerror}"
            continue
        names = {name for name, _ in entries}
        if ".git" in names and folder != start and not no_ignore and is_repository(root / folder):
            _list_nested(root / folder, prefix + folder, listing, nesting + 1)
            continue
        if ".gitignore" in names and not no_ignore:
            rules += tuple(_ignore_file(top, folder))
        for name, is_folder in entries:
            path = folder + name
            if name == ".git":
                continue
            if rules and _is_ignored(path + "/" * is_folder, rules):
                listing.ignored.append(prefix + path + "/" * is_folder)
            elif not is_folder:
                listing.files.append(prefix + path)
            elif listing.enters(prefix + path):
                pending.append((path + "/", rules))


def _ignore_file(top: str, folder: str) -> Iterator[_Rules]:
    """Yield the rules of `folder/.gitignore` when it is a regular file."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        fd = os.open(f"{top}{folder}.gitignore", flags)
    except OSError:
        return
    with os.fdopen(fd, "rb") as file:
        try:
            data = file.read(MAX_IGNORE_FILE)
        except OSError:
            return
    yield _Rules(folder, Globs.from_ignore_file(data or b""))


def _is_ignored(path: str, rules: tuple[_Rules, ...]) -> bool:
    """Ask the nearest ignore file first, as git does."""
    for base, globs in reversed(rules):
        decision = globs.decide(path[len(base) :])
        if decision is not None:
            return decision
    return False
