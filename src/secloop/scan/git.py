"""Git, as a reader of untrusted repositories.

Nothing the scanned repository carries may run: its `.git/config`, attributes and hooks are data. Three layers hold
that: options that switch programs off by name (`fsmonitor`, hooks, external diff, textconv); configured filters and
partial-clone remotes emptied one by one; and no transport allowed at all, so that a missing object is missing and not
fetched. The git directory and the work tree are always given explicitly, so `core.worktree` does not count.
"""

from __future__ import annotations

import os
import select
import stat
import subprocess
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from secloop.model.errors import SecloopError, UsageError
from secloop.model.regex import lazy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TIMEOUT = 120.0
"""Seconds one git command may take, or one object to arrive."""

_HARDENED = (
    "--no-pager",
    "--literal-pathspecs",
    "--no-replace-objects",
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.untrackedCache=keep"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "core.quotePath=false"),
    *("-c", "core.pager=cat"),
    *("-c", "credential.helper="),
    *("-c", "submodule.recurse=false"),
)
_IGNORED = ("ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory")
_DIFF = ("--raw", "-z", "--no-abbrev", "--no-ext-diff", "--no-textconv", "--no-color")
# Keys of a repository's configuration that name programs for file contents, or places to fetch missing objects from.
_RISKY = (
    r"^(filter\..*\.(clean|smudge|process|required)"
    r"|remote\..*\.(promisor|partialclonefilter)|extensions\.partialclone)$"
)
_OID = lazy(r"[0-9a-f]{40}|[0-9a-f]{64}")
_READ_WHOLE = {
    **dict.fromkeys(
        ("config", "config.worktree", "info/attributes", "info/exclude", "info/grafts", "info/sparse-checkout",
         "objects/info/alternates", "shallow"),
        64 << 20,
    ),
    **dict.fromkeys(("HEAD", "commondir"), 1 << 16),
    **dict.fromkeys(("index", "packed-refs"), 4 << 30),
}  # fmt: skip
"""Files of a git directory that git (or we) read as a whole, and the most bytes they may have.

Where one is a pipe git waits for ever, and `/dev/zero` fills the memory.
"""
_REGULAR = (b"100644", b"100755", b"100664")


class GitError(SecloopError):
    """Git is absent, failed or took too long on a repository."""


class TreeEntry(NamedTuple):
    """A file of a tree or index: path (surrogateescape), object id and size in bytes (None: object missing)."""

    path: str
    oid: str
    size: int | None


class Git:
    """A safe reader of the repository that holds a folder. Paths it returns are relative to that folder.

    Path names come as `os.fsdecode` gives them (invalid UTF-8 as surrogates), with forward slashes. A `bare` repository
    has commits only, and no work tree that could differ from them.
    """

    def __init__(self, root: Path) -> None:
        """Open the repository at or above `root`, else the bare one that `root` is. Raises: GitError for neither."""
        self.root = Path(os.path.realpath(root))
        top = next((at for at in (self.root, *self.root.parents) if _gitdir(at)), None)
        self.bare = top is None and _is_gitdir(self.root)
        if top is None and not self.bare:
            raise GitError(f"{root} is not in a git repository", "Name a folder of a repository")
        self.toplevel: Path = top or self.root
        self.gitdir: Path = self.root if self.bare else _gitdir(self.toplevel) or self.toplevel / ".git"
        if unsound := _unsound(self.gitdir) or _unsound(self._commondir):
            raise GitError(f"{unsound} is no regular file, or too large", "Check where the repository comes from")

    @classmethod
    def find(cls, path: Path) -> Git | None:
        """Return the repository that holds `path`, or None."""
        try:
            return cls(path)
        except GitError:
            return None

    # -- what the repository is ---------------------------------------------------------------------------------------

    def head(self) -> str:
        """Return the commit id of HEAD, `''` when no commit exists yet."""
        return self._text("rev-parse", "--verify", "--quiet", "HEAD^{commit}", codes=(0, 1, 128))

    def branch(self) -> str:
        """Return the short name of the current branch, `''` on a detached HEAD."""
        return self._text("symbolic-ref", "--quiet", "--short", "HEAD", codes=(0, 1, 128))

    def default_branch(self) -> str:
        """Return the branch that the remote calls its default, else main or master where there is one, else ''."""
        head = self._text("symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD", codes=(0, 1, 128))
        if head:
            return head.partition("/")[2]
        names = self._text("for-each-ref", "--format=%(refname:short)", "refs/heads/main", "refs/heads/master").split()
        return next(iter(names), "")

    def has(self, commit: str) -> bool:
        """Return whether an object of that id is here."""
        return bool(self._text("rev-parse", "--quiet", "--verify", f"{commit}^{{commit}}", codes=(0, 1, 128)))

    def remote(self) -> str:
        """Return the URL of `origin` (else of the first remote) without user and password; `''` when there is none."""
        out = self._run("config", "--null", "--get-regexp", r"^remote\..*\.url$", codes=(0, 1))
        urls = dict(line.split("\n", 1) for line in os.fsdecode(out).split("\0") if "\n" in line)
        url = urls.get("remote.origin.url") or next(iter(urls.values()), "")
        scheme, mark, rest = url.partition("://")
        if not mark:
            return url
        host, slash, path = rest.partition("/")
        return scheme + mark + host.rpartition("@")[2] + slash + path

    def root_commit(self) -> str:
        """Return the first commit of HEAD's first-parent line, `''` when history is shallow or empty."""
        if (self._commondir / "shallow").exists():
            return ""
        out = self._text("rev-list", "--first-parent", "--max-parents=0", "HEAD", codes=(0, 128))
        return out.split("\n", 1)[0]

    def is_dirty(self) -> bool:
        """Return whether work tree or index differ from HEAD, untracked files included; submodules are not asked."""
        return not self.bare and bool(
            self._run(
                "status", "--porcelain", "-z", "--untracked-files=normal", "--ignore-submodules=all", content=True
            )
        )

    # -- what files it holds ------------------------------------------------------------------------------------------

    def files(self) -> list[str]:
        """Return tracked and untracked-not-ignored paths below the folder, sorted.

        A submodule is listed by its folder's path, a nested repository by its path with a trailing slash.
        """
        out = self._run("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        return sorted({os.fsdecode(path) for path in out.split(b"\0") if path})

    def ignored(self) -> list[str]:
        """Return untracked paths that ignore rules hide; a folder that is hidden whole is one path with a slash."""
        return _sorted_paths(self._run(*_IGNORED))

    def listed(self) -> tuple[list[str], list[str]]:
        """Return `files` and `ignored`, for which two processes look at the same time."""
        with self.popen(*_IGNORED) as other:
            try:
                files = self.files()
                out, _ = other.communicate(timeout=TIMEOUT)
            except subprocess.TimeoutExpired:
                raise GitError(f"git took over {TIMEOUT:.0f} s in {self.root}", "Check the file system") from None
            finally:
                other.kill()
        return files, _sorted_paths(out) if other.returncode == 0 else self.ignored()

    def is_ignored(self) -> bool:
        """Return whether the folder itself is hidden by ignore rules of the repository around it."""
        if self.root == self.toplevel:
            return False
        done = self._process("check-ignore", "--quiet", "--", str(self.root), literal=False)
        return done.returncode == 0

    def staged(self) -> list[tuple[str, str]]:
        """Return (path, object id) of regular files whose staged content differs from HEAD's, sorted.

        Symbolic links and submodules are left out. In a hook, the index that git prepared for the commit is read.
        """
        out = self._run(
            *("diff", "--cached", *_DIFF, "--relative", "--no-renames", "--diff-filter=ACMT", "--ignore-submodules=all")
        )
        return sorted((path, oid) for mode, oid, path in _raw_diff(out) if mode in _REGULAR)

    def changed_since(self, ref: str) -> list[str]:
        """Return paths that differ between `ref` and the work tree, untracked ones included, sorted.

        A moved submodule is listed by its folder. Raises: UsageError when `ref` is unknown.
        """
        commit = self.resolve(ref)
        out = self._run(
            *("diff", *_DIFF, "--relative", "--no-renames", "--diff-filter=ACMT", "--ignore-submodules=dirty", commit),
            content=True,
        )
        others = self._run("ls-files", "-z", "--others", "--exclude-standard")
        changed = {path for _, _, path in _raw_diff(out)}
        return sorted(changed | {os.fsdecode(path) for path in others.split(b"\0") if path})

    def renames(self, ref: str) -> dict[str, str]:
        """Return {path in `ref`: path now} of files renamed since. Raises: UsageError when `ref` is unknown."""
        commit = self.resolve(ref)
        out = self._run(
            *("diff", "--name-status", *_DIFF[1:], "--relative", "-M", "-l2000", "--diff-filter=R"),
            *("--ignore-submodules=all", commit),
            content=True,
        )
        parts = [os.fsdecode(part) for part in out.split(b"\0") if part]
        return dict(zip(parts[1::3], parts[2::3], strict=True))

    def tree(self, ref: str) -> list[TreeEntry]:
        """Return the regular files of commit `ref` below the folder, by path; a missing object has size None.

        Raises: UsageError when `ref` is unknown.
        """
        rows = self.listing(ref)
        sizes = self.sizes(oid for _, oid in rows)
        return sorted(TreeEntry(path, oid, sizes.get(oid)) for path, oid in rows)

    def listing(self, ref: str) -> list[tuple[str, str]]:
        """Return (path, object id) of the regular files of commit `ref` below the folder; looks at no object of theirs.

        Raises: UsageError when `ref` is unknown.
        """
        commit = self.resolve(ref)
        out = self._run("ls-tree", "-r", "-z", commit)
        rows = []
        for line in out.split(b"\0"):
            stat, _, path = line.partition(b"\t")
            mode, _, oid = stat.partition(b" ")
            if mode in _REGULAR:
                rows.append((os.fsdecode(path), oid.rpartition(b" ")[2].decode()))
        return rows

    def resolve(self, ref: str) -> str:
        """Return the commit id that `ref` names. Raises: UsageError when it names none."""
        commit = ""
        if ref and not ref.startswith("-") and "\0" not in ref:
            commit = self._text("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}", codes=(0, 1, 128))
        if not _OID.fullmatch(commit):  # `^HEAD` comes back as `^<id>`
            raise UsageError(f"{ref!r} names no commit of {self.toplevel}", "Fetch it, or name a branch, tag or commit")
        return commit

    # -- what of it is here -------------------------------------------------------------------------------------------

    def shallow_commits(self) -> frozenset[str]:
        """Return the commits at which a shallow clone's history is cut off: their parents are not here."""
        try:
            return frozenset((self._commondir / "shallow").read_text("ascii").split())
        except FileNotFoundError:
            return frozenset()

    def has_grafts(self) -> bool:
        """Return whether `info/grafts` gives commits other parents than their own, so that history may be hidden."""
        grafts = self._commondir / "info" / "grafts"
        return grafts.is_file() and grafts.stat().st_size > 0

    def is_partial(self) -> bool:
        """Return whether this clone was told to leave objects out, to be fetched when they are needed."""
        pattern = r"^(remote\..*\.(promisor|partialclonefilter)|extensions\.partialclone)$"
        return bool(self._run("config", "--null", "--name-only", "--get-regexp", pattern, codes=(0, 1)))

    def present(self) -> frozenset[bytes]:
        """Return the ids of all objects that are here, in hex; asks for none, so none is missed."""
        shown = ("--batch-all-objects", "--unordered", "--buffer", "--batch-check=%(objectname)")
        return frozenset(self._run("cat-file", *shown).split())

    # -- contents -----------------------------------------------------------------------------------------------------

    def sizes(self, oids: Iterable[str]) -> dict[str, int]:
        """Return sizes in bytes of the objects that exist here; missing ones are left out."""
        wanted = list(dict.fromkeys(oids))
        found: dict[str, int] = {}
        while wanted:
            done = self._process("cat-file", "--batch-check", data="".join(f"{oid}\n" for oid in wanted).encode())
            rows = done.stdout.decode().splitlines()
            for row in rows:
                oid, *rest = row.split(" ")
                if len(rest) == 2:  # noqa: PLR2004 - "<oid> <type> <size>"; a missing object gives "<oid> missing"
                    found[oid] = int(rest[1])
            # Some versions of git die on the first missing object of a partial clone: go on behind it.
            wanted = wanted[len(rows) + 1 :] if len(rows) < len(wanted) else []
        return found

    def blobs(self, oids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield (object id, content) in the order given; missing objects are left out."""
        with self.reader() as reader:
            for oid in oids:
                data = reader.get(oid)
                if data is not None:
                    yield oid, data

    def reader(self) -> BlobReader:
        """Return a reader of single objects, backed by one `git cat-file --batch`."""
        return BlobReader(self)

    # -- running git --------------------------------------------------------------------------------------------------

    def popen(self, *args: str) -> subprocess.Popen[bytes]:
        """Start git with pipes on stdin and stdout. Raises: GitError when git is not installed."""
        try:
            return subprocess.Popen(
                self._command(args), env=self._env(), bufsize=0,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        except OSError as error:
            raise GitError(f"git cannot be started ({error.strerror})", "Install git and have it on PATH") from None

    def _text(self, *args: str, codes: tuple[int, ...] = (0,)) -> str:
        return os.fsdecode(self._run(*args, codes=codes)).strip()

    def _run(self, *args: str, codes: tuple[int, ...] = (0,), content: bool = False) -> bytes:
        """Return stdout. `content`: the command may read files of the work tree, so their filters are emptied."""
        done = self._process(*args, content=content)
        if done.returncode not in codes:
            lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
            why = lines[0] if lines else f"exit code {done.returncode}"
            raise GitError(f"git {args[0]} failed in {self.root} ({why})", "Check the repository with git fsck")
        return done.stdout if done.returncode == 0 else b""

    def _process(
        self, *args: str, data: bytes = b"", content: bool = False, literal: bool = True
    ) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                self._command(args, literal=literal), env=self._env(content=content), input=data,
                capture_output=True, timeout=TIMEOUT, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise GitError(f"git {args[0]} took over {TIMEOUT:.0f} s in {self.root}", "Check the file system") from None
        except OSError as error:
            raise GitError(f"git cannot be started ({error.strerror})", "Install git and have it on PATH") from None

    def _command(self, args: tuple[str, ...], *, literal: bool = True) -> list[str]:
        options = _HARDENED if literal else [option for option in _HARDENED if option != "--literal-pathspecs"]
        return ["git", "-C", str(self.root), *options, *args]

    def _env(self, *, content: bool = False) -> dict[str, str]:
        env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        env |= {
            "LC_ALL": "C",
            "GIT_DIR": str(self.gitdir),
            "GIT_WORK_TREE": str(self.toplevel),
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_ALLOW_PROTOCOL": "none",
            "GIT_ASKPASS": "",
            "SSH_ASKPASS": "",
        }
        if index := self._hook_index():
            env["GIT_INDEX_FILE"] = index
        for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"):
            if name in os.environ:
                env[name] = os.environ[name]
        overrides = self._overrides if content else {}
        env["GIT_CONFIG_COUNT"] = str(len(overrides))
        for n, (key, value) in enumerate(overrides.items()):
            env[f"GIT_CONFIG_KEY_{n}"], env[f"GIT_CONFIG_VALUE_{n}"] = key, value
        return env

    def _hook_index(self) -> str:
        """Return GIT_INDEX_FILE of a running commit when it belongs to this repository (`git commit PATH`), else ''."""
        name = os.environ.get("GIT_INDEX_FILE", "")
        path = os.path.realpath(self.toplevel / name) if name else ""
        return path if path and os.path.dirname(path) == os.path.realpath(self.gitdir) else ""  # noqa: PTH120

    @cached_property
    def _overrides(self) -> dict[str, str]:
        """Harmless values for every filter and promisor the configuration names, whatever file it stands in."""
        out = self._run("config", "--null", "--name-only", "--get-regexp", _RISKY, codes=(0, 1))
        keys = [os.fsdecode(key) for key in out.split(b"\0") if key]
        return {key: "false" if key.endswith((".required", ".promisor")) else "" for key in keys}

    @cached_property
    def _commondir(self) -> Path:
        link = self.gitdir / "commondir"
        return self.gitdir / os.fsdecode(link.read_bytes()).strip() if link.is_file() else self.gitdir


class BlobReader:
    """Reads objects one by one from a `git cat-file --batch` that starts on first use; a context manager."""

    def __init__(self, git: Git) -> None:
        """Read from `git`'s repository."""
        self._git = git
        self._process: subprocess.Popen[bytes] | None = None
        self._buffer = b""

    def __enter__(self) -> Self:
        """Return self; `close` runs at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop git."""
        self.close()

    def close(self) -> None:
        """Stop git; a later `get` starts it again."""
        process, self._process, self._buffer = self._process, None, b""
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        process.wait()

    def get(self, oid: str, limit: int | None = None) -> bytes | None:
        """Return the object's content; None when it is missing or larger than `limit` bytes.

        Raises: GitError when git stops answering.
        """
        process = self._process = self._process or self._git.popen("cat-file", "--batch")
        assert process.stdin is not None  # noqa: S101 - popen asks for both pipes; this tells mypy
        try:
            process.stdin.write(f"{oid}\n".encode())
            header = self._until_newline().split(b" ")
        except (BrokenPipeError, EOFError):
            self.close()  # a partial clone's git may die on a missing object
            return None
        if len(header) != 3:  # noqa: PLR2004 - "<oid> <type> <size>"; anything else says that there is no content
            return None
        size = int(header[2])
        if limit is not None and size > limit:
            self.close()  # cheaper than reading past gigabytes
            return None
        return self._exactly(size + 1)[:-1]

    def _until_newline(self) -> bytes:
        while b"\n" not in self._buffer:
            self._buffer += self._chunk()
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def _exactly(self, size: int) -> bytes:
        parts, have = [self._buffer], len(self._buffer)
        while have < size:
            parts.append(self._chunk())
            have += len(parts[-1])
        data = b"".join(parts)
        self._buffer = data[size:]
        return data[:size]

    def _chunk(self) -> bytes:
        if self._process is None or self._process.stdout is None:
            raise EOFError
        out = self._process.stdout
        if os.name == "posix" and not select.select([out], [], [], TIMEOUT)[0]:
            self.close()
            raise GitError(f"git gave no data for {TIMEOUT:.0f} s in {self._git.root}", "Check the file system")
        chunk = os.read(out.fileno(), 1 << 18)
        if not chunk:
            raise EOFError
        return chunk


def is_repository(folder: Path) -> bool:
    """Return whether `folder` is the top of a repository's work tree; runs nothing."""
    return _gitdir(folder) is not None


def _gitdir(folder: Path) -> Path | None:
    """Return the git directory of a work tree's top folder: `.git` itself, or where a `.git` file points."""
    mark = folder / ".git"
    try:
        if mark.is_dir():
            return mark if (mark / "HEAD").is_file() or (mark / "HEAD").is_symlink() else None
        if not mark.is_file():
            return None
        with mark.open("rb") as file:
            line = file.read(8192)
        target = folder / os.fsdecode(line.removeprefix(b"gitdir:").strip())
        return target if line.startswith(b"gitdir:") and (target / "HEAD").is_file() else None
    except (OSError, ValueError):
        return None


def _is_gitdir(folder: Path) -> bool:
    """Return whether a folder is laid out as a git directory (gitrepository-layout(5)): a bare repository."""
    try:
        return (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()
    except OSError:
        return False


def _unsound(gitdir: Path) -> str:
    """Return a file of a git directory that must not be read, or ''. Links are followed, as git does."""
    for name, most in _READ_WHOLE.items():
        file = gitdir / name
        try:
            info = file.stat()
        except (OSError, ValueError):
            continue
        if not stat.S_ISREG(info.st_mode) or info.st_size > most:
            return str(file)
    return ""


def _sorted_paths(out: bytes) -> list[str]:
    return sorted(os.fsdecode(path) for path in out.split(b"\0") if path)


def _raw_diff(out: bytes) -> Iterator[tuple[bytes, str, str]]:
    """Yield (new mode, new object id, path) of `git diff --raw -z --no-renames`."""
    fields = iter(out.split(b"\0"))
    for head in fields:
        if head.startswith(b":"):
            _, mode, _, oid, _ = head.split(b" ")
            yield mode, oid.decode(), os.fsdecode(next(fields))
