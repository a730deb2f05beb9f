"""The repository a hook runs in: a work tree, a linked one, or a bare one with objects in quarantine."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from secloop.scan.git import Git, GitError
from secloop.scan.sources import display
from secloop.stages.code.hooks import rawdiff
from secloop.stages.code.hooks.base import Blob, Change

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from secloop.stages.code.hooks.updates import Update

_QUARANTINE = ("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH")
"""Where git keeps what a push brings until the hook agrees (git-receive-pack(1), "Quarantine environment")."""

_OID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_MAX_MERGE_HEAD = 1 << 16


class HookRepository(Git):
    """As `Git`, and also where there is no work tree; git's own variables say where when it runs a hook."""

    def __init__(self, folder: Path, environ: Mapping[str, str] | None = None) -> None:
        """Open the repository of `folder`, or the one GIT_DIR names. Raises: GitError where there is none."""
        self._environ = os.environ if environ is None else environ
        given = self._environ.get("GIT_DIR", "")
        gitdir = Path(os.path.realpath(folder / given)) if given else _bare(Path(os.path.realpath(folder)))
        if gitdir is None:
            super().__init__(folder)
        else:
            self.root = Path(os.path.realpath(folder))
            self.gitdir = gitdir
            self.toplevel = self.root
        self.bare = self.root.is_relative_to(self.gitdir)

    @property
    def common(self) -> Path:
        """The git directory that all work trees of the repository share."""
        return Path(os.path.realpath(self._commondir))

    # -- what comes in ------------------------------------------------------------------------------------------------

    def staged_changes(self) -> list[Change]:
        """Return what a commit would bring that none of its parents has, with what it takes the place of."""
        changes = {c.new: c for c in self._changes(("diff", "--cached"))}
        for parent in self.merge_heads() if changes else ():
            other = {c.new: c for c in self._changes(("diff", "--cached", parent))}
            changes = {
                new: Change(new=new, old=(*change.old, *other[new].old))
                for new, change in changes.items()
                if new in other
            }
        return sorted(changes.values(), key=lambda change: change.new.path)

    def merge_heads(self) -> list[str]:
        """Return the other parents of a merge that is about to be committed."""
        try:
            with (self.gitdir / "MERGE_HEAD").open("r", encoding="ascii") as file:
                lines = file.read(_MAX_MERGE_HEAD).split()
        except (OSError, UnicodeDecodeError):
            return []
        return [line for line in lines if _OID.fullmatch(line)]

    def pushed_changes(self, updates: Sequence[Update], known: Sequence[str]) -> list[Change]:
        """Return what the updates bring, oldest commit first: every version of every file, also one that went again.

        `known` are `git rev-list` arguments for what is there already (`--all`, `--remotes=origin`); the old side of
        an update counts as known too, where it is here. Raises: GitError.
        """
        new = [update.new for update in updates if update.new]
        commits = self._commits([*new, *(update.old for update in updates if update.old)])
        listed = b""
        if any(oid in commits for oid in new):
            old = [f"^{commits[update.old]}" for update in updates if update.old in commits]
            revisions = "\n".join([*(commits[oid] for oid in new if oid in commits), *old])
            # Each --not turns the meaning of what follows: what is known is left out, what stdin names is not.
            names = ("rev-list", "--topo-order", "--reverse", "--not", *known, "--not", "--stdin")
            listed = self._output(names, revisions.encode() + b"\n")
        changes: dict[Blob, Change] = {}
        for change in self._changes(("diff-tree", "--stdin", "-r", "--root", "-c"), listed) if listed else ():
            changes.setdefault(change.new, change)
        for oid in new:
            if oid not in commits:
                changes |= {blob: Change(new=blob) for blob in self._loose(oid)}
        return list(changes.values())

    def known_refs(self, remote: str) -> tuple[str, ...]:
        """Return `git rev-list` arguments for what a remote is known to have, from the last fetch or push.

        Of a remote without a name (a URL) nothing is known.
        """
        return (f"--remotes={remote}",) if remote in self._text("remote").split("\n") else ()

    def files_in(self, commit: str, folder: str) -> list[str]:
        """Return the paths of the files directly in a folder of a commit; none where it has no such folder."""
        place = folder.strip("/").removeprefix("./") + "/"
        out = self._run("ls-tree", "-z", commit, "--", place, codes=(0, 128))
        rows = (line.partition(b"\t")[::2] for line in out.split(b"\0") if line)
        return [os.fsdecode(path) for stat, path in rows if stat.startswith(b"100")]

    def root_of(self, commit: str) -> str:
        """Return the first commit of a commit's first-parent line, `''` when history is shallow, as `root_commit`."""
        if (self._commondir / "shallow").exists():
            return ""
        return self._text("rev-list", "--first-parent", "--max-parents=0", commit, codes=(0, 128)).split("\n", 1)[0]

    # -- where hooks live ---------------------------------------------------------------------------------------------

    def hooks_folder(self) -> Path:
        """Return the folder git runs hooks from: core.hooksPath, else `hooks` of the (common) git directory."""
        out = self._run("config", "--null", "--type=path", "--show-scope", "--get-all", "core.hooksPath", codes=(0, 1))
        fields = os.fsdecode(out).split("\0")
        # The scope "command" is our own switch, which keeps the repository's hooks from running.
        values = [value for scope, value in zip(fields[::2], fields[1::2], strict=False) if scope != "command"]
        if values and values[-1]:
            return (self.gitdir if self.bare else self.toplevel) / values[-1]
        return self._commondir / "hooks"

    # -- running git --------------------------------------------------------------------------------------------------

    def _env(self, *, content: bool = False) -> dict[str, str]:
        env = super()._env(content=content)
        if self.bare:
            del env["GIT_WORK_TREE"]
        if "GIT_QUARANTINE_PATH" in self._environ:
            env |= {name: self._environ[name] for name in _QUARANTINE if name in self._environ}
        return env

    def _changes(self, command: tuple[str, ...], data: bytes = b"") -> list[Change]:
        """Run a diff that finds renames.

        In a partial clone that may need contents that are not here: then renames without changes are found, as those
        need none.
        """
        name, *rest = command
        try:
            out = self._output((name, *rawdiff.OPTIONS, "-M", *rest), data)
        except GitError:
            out = self._output((name, *rawdiff.OPTIONS, "-M100%", *rest), data)
        return list(rawdiff.parse(out))

    def _output(self, command: tuple[str, ...], data: bytes) -> bytes:
        done = self._process(*command, data=data)
        if done.returncode:
            raise GitError(f"git {command[0]} failed in {self.root}", "Check the repository with git fsck")
        return done.stdout

    def _commits(self, names: Iterable[str]) -> dict[str, str]:
        """Return {name: commit id} of the names that are commits, or tags of commits, and here."""
        wanted = list(dict.fromkeys(names))
        out = self._process("cat-file", "--batch-check", data="".join(f"{n}^{{commit}}\n" for n in wanted).encode())
        rows = (row.split(" ") for row in out.stdout.decode("utf-8", "replace").splitlines())
        return {name: row[0] for name, row in zip(wanted, rows, strict=False) if row[1:2] == ["commit"]}

    def _loose(self, oid: str) -> list[Blob]:
        """Return the files of a ref that names no commit: a tag of a tree or of a blob."""
        kind = self._text("cat-file", "-t", f"{oid}^{{}}")
        if kind == "blob":
            return [Blob(path="tagged", oid=self._text("rev-parse", "--verify", f"{oid}^{{}}"))]
        out = self._run("ls-tree", "-r", "-z", f"{oid}^{{tree}}")
        rows = (line.partition(b"\t")[::2] for line in out.split(b"\0") if line)
        found = ((stat.split(b" "), display(os.fsdecode(path))) for stat, path in rows)
        return [Blob(path=path, oid=stat[2].decode()) for stat, path in found if stat[0].startswith(b"100")]


def _bare(folder: Path) -> Path | None:
    """Return the bare repository that holds `folder`, or None; a folder inside a work tree is not asked."""
    for at in (folder, *folder.parents):
        if (at / ".git").exists():
            return None
        if (at / "HEAD").is_file() and (at / "objects").is_dir() and (at / "refs").is_dir():
            return at
    return None
