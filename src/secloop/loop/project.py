"""Which project a path belongs to: its root, id, ref, state and identity key (contracts.md, "Project, refs")."""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from secloop.model import ids
from secloop.model.config import ProjectConfig
from secloop.model.errors import UsageError
from secloop.model.regex import lazy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from secloop.model.config import Config
    from secloop.scan.git import Git

WORKTREE = "worktree"
HERE = ""
"""The path of a command that was given none: the root where one is named, else the current folder."""
FOLDER = ".secloop"
CONFIG = "secloop.toml"
_ROOTS_KEPT = 200
_SCP_REMOTE = lazy(r"^(?:[^@/]+@)?([^:/]+):(?!/)(.+)$")
_URL_REMOTE = lazy(r"^[a-z][a-z0-9+.-]*://(?:[^@/]*@)?([^/:]+)(?::\d+)?/(.+)$", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project on disk. `paths` are what the user named, relative to `root`; empty means all of it."""

    root: Path
    id: str
    ref: str
    commit: str
    dirty: bool
    config: Config
    git: Git | None
    paths: tuple[str, ...] = ()

    @cached_property
    def default_ref(self) -> str:
        """The ref that default views show and that new findings are new against."""
        configured = self.config.project.default_ref
        if configured != ProjectConfig().default_ref or self.git is None:
            return configured
        return self.git.default_branch() or configured

    @property
    def folder(self) -> Path:
        """The project's `.secloop` folder, which need not exist."""
        return self.root / FOLDER

    def state(self, explicit: str = "") -> Path | str:
        """Return where runs are remembered: `explicit`, `.secloop/state.db`, or a file under XDG_STATE_HOME.

        A `.secloop` that is a link is not written to: it could lead out of the project.
        """
        if explicit:
            return explicit if "://" in explicit else Path(explicit)
        own = self.folder / "state.db"
        if self.folder.is_dir() and not self.folder.is_symlink() and not own.is_symlink():
            return own
        base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
        return base / "secloop" / f"{_file_name(self.id)}-{ids.digest((str(self.root),))[:8]}" / "state.db"

    def identity_key(self) -> bytes:
        """Return the key of secret identities: the configured salt, else the root commit, else the project id."""
        salt = self.config.project.identity_salt
        if not salt and self.git is not None:
            salt = root_of(self.git, self.commit)
        return ids.identity_key(salt or self.id)


def root_of(git: Git, commit: str) -> str:
    """Return the root commit of `commit`. Finding it walks the history; a commit's root never changes, so it is kept.

    The answers of the last commits lie below XDG_CACHE_HOME; where that cannot be used or is in the tree, git is asked.
    """
    from secloop.scan.cache import default_path

    try:
        known = default_path(git.toplevel).with_name("roots")
    except OSError:
        return git.root_commit()
    lines = []
    with contextlib.suppress(OSError, UnicodeDecodeError):
        lines = known.read_text("ascii").splitlines()[-_ROOTS_KEPT:]
    pairs = dict(line.split(" ", 1) for line in lines if re.fullmatch(r"[0-9a-f]{40,64} [0-9a-f]{40,64}", line))
    if commit in pairs:
        return pairs[commit]
    root = git.root_commit()
    if commit and root:
        with contextlib.suppress(OSError):
            known.parent.mkdir(parents=True, exist_ok=True)
            known.write_text("\n".join([*lines, f"{commit} {root}", ""]), "ascii")
    return root


def find_root(path: Path) -> Path:
    """Return the nearest folder at or above `path` with secloop.toml or .git, else `path` (its folder for a file)."""
    start = path if path.is_dir() else path.parent
    for folder in (start, *start.parents):
        if (folder / CONFIG).is_file() or (folder / ".git").exists():
            return folder
    return start


def open_project(paths: Sequence[str], *, root: str = "", ref: str = "") -> Project:
    """Return the project of `paths` (globs allowed; default: the current folder).

    Raises: UsageError where a path does not exist, lies outside the root, or the configuration is wrong.
    """
    from secloop.loop.config import load_config
    from secloop.scan.git import Git

    if root and tuple(paths) == (HERE,):
        paths = ()
    given = [Path(os.path.abspath(p)) for p in (paths or (root or ".",))]  # noqa: PTH100 - keeps symlinks
    _must_exist(given)
    base = Path(os.path.abspath(root)) if root else find_root(given[0])  # noqa: PTH100
    if not base.is_dir():
        raise UsageError(f"The root {base} is not a folder", "Name an existing folder with --root")
    config = load_config(base)
    git = Git.find(base)
    dirty = git is not None and git.is_dirty()
    return Project(
        root=base,
        id=config.project.id or _project_id(base, git),
        ref=ref or current_ref(config, git, dirty=dirty, environ=os.environ),
        commit=git.head() if git else "",
        dirty=dirty,
        config=config,
        git=git,
        paths=_relative(given, base),
    )


def normalise_remote(remote: str) -> str:
    """Return `host/owner/name` of a git remote URL, without user, port and `.git`; '' if it has none."""
    match = _URL_REMOTE.match(remote) or _SCP_REMOTE.match(remote)
    if not match:
        return ""
    return f"{match[1].lower()}/{match[2].strip('/').removesuffix('.git')}"


def current_ref(config: Config, git: Git | None, *, dirty: bool, environ: Mapping[str, str]) -> str:
    """Return the ref of a run: a pull request (`pr/12`), a branch, or `worktree` when the tree is dirty."""
    if git is None:
        return config.project.default_ref
    if environ.get("CI") and (ref := _ci_ref(environ)):
        return ref
    if dirty:
        return WORKTREE
    return git.branch() or git.head() or config.project.default_ref


def _ci_ref(environ: Mapping[str, str]) -> str:
    pull = re.fullmatch(r"refs/pull/(\d+)/.*", environ.get("GITHUB_REF", ""))
    number = pull[1] if pull else environ.get("CI_MERGE_REQUEST_IID", "")
    if number:
        return f"pr/{number}"
    return environ.get("GITHUB_REF_NAME", "") or environ.get("CI_COMMIT_REF_NAME", "")


def _project_id(root: Path, git: Git | None) -> str:
    remote = normalise_remote(git.remote()) if git else ""
    return remote or root.name or "project"


def _must_exist(given: Sequence[Path]) -> None:
    for path in given:
        if not path.exists() and not _is_glob(path):
            raise UsageError(f"There is no file or folder {path}", "Check the path; a glob must be quoted")


def _is_glob(path: Path) -> bool:
    return any(mark in str(path) for mark in "*?[")


def _relative(given: Sequence[Path], base: Path) -> tuple[str, ...]:
    out = []
    for path in given:
        if not path.is_relative_to(base):
            raise UsageError(f"{path} lies outside the project root {base}", "Scan it by itself or set --root")
        out.append(path.relative_to(base).as_posix())
    return () if base in given else tuple(out)


def _file_name(project: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "_", project)[:80]
