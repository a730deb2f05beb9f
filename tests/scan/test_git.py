"""Git as a reader: it answers, and nothing the repository carries runs."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from secloop.model.errors import UsageError
from secloop.scan.git import Git, GitError

if TYPE_CHECKING:
    from conftest import Repository


CONFIGURATION = """[core]
\trepositoryformatversion = 0
\tfsmonitor = {fsmonitor}
\thooksPath = {hooks}
\tpager = {pager}
\tsshCommand = {ssh}
\tgitProxy = {proxy}
\taskPass = {askpass}
\tworktree = {tree}
[include]
\tpath = included
[diff]
\texternal = {external}
[diff "evil"]
\tcommand = {command}
\ttextconv = {textconv}
[filter "evil"]
\tclean = {clean}
\tsmudge = {smudge}
\tprocess = {process}
\trequired = true
[credential]
\thelper = {credential}
[log]
\tshowSignature = true
[gpg]
\tprogram = {gpg}
[alias]
\tls-files = !{alias}
\tstatus = !{alias}
[remote "origin"]
\turl = ext::{transport}
\tuploadpack = {uploadpack}
\tpromisor = true
\tpartialclonefilter = blob:none
[extensions]
\tpartialClone = origin
"""
"""Every way a configuration can name a program."""

PROGRAMS = (
    "alias",
    "askpass",
    "clean",
    "command",
    "credential",
    "external",
    "fsmonitor",
    "gpg",
    "pager",
    "process",
    "proxy",
    "smudge",
    "ssh",
    "textconv",
    "transport",
    "uploadpack",
)


def arm(repo: Repository, trap: Path) -> str:
    """Plant every way a configuration can name a program; each leaves its mark in the folder `trap`."""
    trap.mkdir()

    def program(name: str) -> str:
        script = trap.parent / f"{name}.sh"
        script.write_text(f"#!/bin/sh\ntouch {trap}/{name}\ncat\n")
        script.chmod(0o755)
        return str(script)

    programs = {name: program(name) for name in PROGRAMS}
    hook_folder = repo.path / ".git" / "hooks"
    for hook in ("post-index-change", "reference-transaction", "post-checkout", "pre-commit", "fsmonitor-watchman"):
        (hook_folder / hook).write_text(f"#!/bin/sh\ntouch {trap}/hook-{hook}\n")
        (hook_folder / hook).chmod(0o755)
    (repo.path / ".git" / "info" / "attributes").write_text("* filter=evil diff=evil\n")
    (repo.path / ".git" / "included").write_text(
        f'[filter "inc=luded.x"]\n\tclean = {program("included")}\n\trequired = true\n'
    )
    (repo.path / ".git" / "config").write_text(CONFIGURATION.format(hooks=hook_folder, tree=trap.parent, **programs))
    return str(trap)


def everything(git: Git) -> None:
    """Call every method once."""
    git.head()
    git.branch()
    git.remote()
    git.root_commit()
    git.is_dirty()
    git.is_ignored()
    git.files()
    git.ignored()
    staged = git.staged()
    git.changed_since("HEAD")
    git.renames("HEAD")
    tree = git.tree("HEAD")
    git.sizes(entry.oid for entry in tree)
    list(git.blobs([entry.oid for entry in tree] + [oid for _, oid in staged] + ["0" * 39 + "1"]))


@pytest.fixture
def full(repo: Repository) -> Repository:
    """Give a repository with a commit, a staged change, a dirty file and an untracked one."""
    repo.write("a.txt", "one\n")
    repo.write("b.txt", "two\n")
    repo.write(".gitignore", "hidden/\n*.log\n")
    repo.commit()
    repo.write("a.txt", "one more\n")
    repo.git("add", "a.txt")
    repo.write("b.txt", "dirty\n")
    repo.write("new.txt", "new\n")
    repo.write("hidden/x", "x\n")
    repo.write("debug.log", "x\n")
    return repo


def test_nothing_the_configuration_names_is_run(full: Repository, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    arm(full, trap)
    for name in ("a.txt", "b.txt"):
        os.utime(full.path / name, (1, 1))  # the index no longer knows them, so that git has to compare contents
    git = Git(full.path)
    everything(git)
    assert list(trap.iterdir()) == []
    assert git.is_dirty()
    assert [path for path, _ in git.staged()] == ["a.txt"]


def test_the_trap_works(full: Repository, tmp_path: Path) -> None:
    """The same configuration does run programs under a plain git, or the test above would prove nothing."""
    trap = tmp_path / "trap"
    arm(full, trap)
    config = full.path / ".git" / "config"
    config.write_text(config.read_text().replace(f"\tworktree = {tmp_path}\n", ""))
    os.utime(full.path / "b.txt", (1, 1))
    subprocess.run(["git", "diff"], cwd=full.path, capture_output=True, check=False, timeout=30)
    assert {"fsmonitor", "external"} & {path.name for path in trap.iterdir()} or {"clean", "process", "command"} & {
        path.name for path in trap.iterdir()
    }


def test_a_submodules_configuration_runs_nothing(full: Repository, tmp_path: Path) -> None:
    inner = type(full)(full.path / "inner")
    inner.write("x.txt", "x\n")
    inner.commit()
    full.git("add", "inner")
    full.commit()
    inner.write("x.txt", "changed\n")
    trap = tmp_path / "trap"
    arm(inner, trap)
    everything(Git(full.path))
    assert list(trap.iterdir()) == []


def test_a_missing_object_of_a_partial_clone_is_missing_and_not_fetched(full: Repository, tmp_path: Path) -> None:
    git = Git(full.path)
    gone = next(entry.oid for entry in git.tree("HEAD") if entry.path == "b.txt")
    trap = tmp_path / "trap"
    arm(full, trap)
    (full.path / ".git" / "objects" / gone[:2] / gone[2:]).unlink()
    git = Git(full.path)
    sizes = {entry.path: entry.size for entry in git.tree("HEAD")}
    assert sizes["b.txt"] is None
    assert sizes["a.txt"] == len("one\n")
    kept = [entry.oid for entry in git.tree("HEAD") if entry.path != "b.txt"]
    assert [oid for oid, _ in git.blobs([kept[0], gone, kept[1]])] == kept
    assert list(trap.iterdir()) == []


def test_it_tells_what_the_repository_is(full: Repository) -> None:
    git = Git(full.path / "hidden")
    assert git.toplevel == full.path
    assert git.head() == full.git("rev-parse", "HEAD").strip()
    assert git.branch() == "main"
    assert git.root_commit() == git.head()
    assert git.remote() == ""
    full.git("checkout", "-q", "--detach")
    assert git.branch() == ""


def test_a_remotes_url_is_shown_without_credentials(repo: Repository) -> None:
    userinfo = "user:" + "word" + "@"
    repo.git("remote", "add", "upstream", "git@example.org:o/r.git")
    assert Git(repo.path).remote() == "git@example.org:o/r.git"
    repo.git("remote", "add", "origin", f"https://{userinfo}example.org:8443/o/r.git")
    assert Git(repo.path).remote() == "https://example.org:8443/o/r.git"


def test_an_unborn_branch_has_no_head_and_everything_is_staged(repo: Repository) -> None:
    repo.write("a.txt", "a")
    repo.git("add", "a.txt")
    git = Git(repo.path)
    assert (git.head(), git.root_commit(), git.branch()) == ("", "", "main")
    assert git.is_dirty()
    assert [path for path, _ in git.staged()] == ["a.txt"]


def test_a_shallow_clone_has_no_root_commit(full: Repository, tmp_path: Path) -> None:
    full.git("add", "-A")
    full.commit()
    full.git("clone", "-q", "--depth=1", f"file://{full.path}", str(tmp_path / "shallow"))
    git = Git(tmp_path / "shallow")
    assert git.root_commit() == ""
    assert not git.is_dirty()


def test_files_are_tracked_and_untracked_but_not_ignored(full: Repository) -> None:
    full.write("sub/.gitignore", "*.tmp\n!keep.tmp\n")
    full.write("sub/a.tmp", "")
    full.write("sub/keep.tmp", "")
    git = Git(full.path)
    assert git.files() == [".gitignore", "a.txt", "b.txt", "new.txt", "sub/.gitignore", "sub/keep.tmp"]
    assert git.ignored() == ["debug.log", "hidden/", "sub/a.tmp"]
    assert Git(full.path / "sub").files() == [".gitignore", "keep.tmp"]
    assert Git(full.path / "hidden").is_ignored()
    assert not Git(full.path / "sub").is_ignored()


def test_what_changed_since_a_ref_includes_untracked_files(full: Repository) -> None:
    assert Git(full.path).changed_since("HEAD") == ["a.txt", "b.txt", "new.txt"]


def test_changes_are_relative_to_the_folder_asked(full: Repository) -> None:
    full.write("sub/c.txt", "c\n")
    full.git("add", "-A")
    full.commit()
    full.write("sub/c.txt", "cc\n")
    full.git("add", "-A")
    git = Git(full.path / "sub")
    assert git.changed_since("HEAD") == ["c.txt"]
    assert [path for path, _ in git.staged()] == ["c.txt"]
    assert [entry.path for entry in git.tree("HEAD")] == ["c.txt"]


@pytest.mark.parametrize("ref", ["no-such-branch", "--output=/tmp/x", "", "HEAD:a.txt", "a\0b"])
def test_an_unknown_ref_is_a_usage_error(full: Repository, ref: str) -> None:
    git = Git(full.path)
    for ask in (git.changed_since, git.tree, git.renames):
        with pytest.raises(UsageError, match="names no commit"):
            ask(ref)


def test_all_but_a_commit_is_an_unknown_ref(full: Repository) -> None:
    with pytest.raises(UsageError, match="names no commit"):
        Git(full.path).changed_since("^HEAD")


def test_renames_are_followed(full: Repository) -> None:
    full.write("long.txt", "a line of text\n" * 50)
    full.git("add", "-A")
    full.commit()
    full.git("mv", "long.txt", "moved over.txt")
    assert Git(full.path).renames("HEAD") == {"long.txt": "moved over.txt"}


def test_names_survive_whatever_they_are(repo: Repository) -> None:
    names = [b"new\nline.txt", b"tab\t.txt", b'quote".txt', b"\xff\xfe.txt", "ü.txt".encode(), b"-rf", b"*", b" "]
    for name in names:
        (repo.path / os.fsdecode(name)).write_bytes(b"x")
    repo.commit()
    git = Git(repo.path)
    expected = sorted(os.fsdecode(name) for name in names)
    assert git.files() == expected
    assert [entry.path for entry in git.tree("HEAD")] == expected
    repo.git("rm", "-q", "--cached", "-r", ".")
    repo.git("commit", "-q", "-m", "nothing is tracked")
    repo.git("add", "-A")
    assert [path for path, _ in git.staged()] == expected


def test_blobs_come_whole_and_in_order(repo: Repository) -> None:
    contents = [b"", b"\n", b"a\nb", bytes(range(256)) * 4000, b"last"]
    for n, content in enumerate(contents):
        repo.write(f"{n}", content)
    repo.commit()
    git = Git(repo.path)
    tree = git.tree("HEAD")
    assert [entry.size for entry in tree] == [len(content) for content in contents]
    assert [data for _, data in git.blobs(entry.oid for entry in tree)] == contents


def test_an_object_over_the_limit_is_not_read_and_the_reader_goes_on(repo: Repository) -> None:
    repo.write("big", bytes(3 << 20))
    repo.write("small", b"small")
    repo.commit()
    git = Git(repo.path)
    oids = {entry.path: entry.oid for entry in git.tree("HEAD")}
    with git.reader() as reader:
        assert reader.get(oids["big"], limit=1 << 20) is None
        assert reader.get(oids["small"], limit=1 << 20) == b"small"
        assert reader.get("no such thing") is None
        assert reader.get(oids["small"]) == b"small"


def test_a_linked_worktree_is_read_as_itself(full: Repository, tmp_path: Path) -> None:
    full.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "side"), "HEAD")
    git = Git(tmp_path / "side")
    assert git.toplevel == tmp_path / "side"
    assert git.branch() == "side"
    assert git.files() == [".gitignore", "a.txt", "b.txt"]
    assert git.root_commit() == git.head() != ""
    assert not git.is_dirty()


def test_the_index_of_a_running_commit_is_the_one_that_is_read(
    full: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`git commit b.txt` hands its hooks another index, in which only b.txt is staged."""
    seen = full.path / "seen"
    hook = full.path / ".git" / "hooks" / "pre-commit"
    code = "from secloop.scan.git import Git; print([p for p, _ in Git(__import__('pathlib').Path('.')).staged()])"
    hook.write_text(f'#!/bin/sh\n{sys.executable} -c "{code}" > {seen}\n')
    hook.chmod(0o755)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2] / "src"))
    full.git("commit", "-q", "-m", "only b", "b.txt")
    assert seen.read_text().strip() == "['b.txt']"


def test_a_foreign_index_in_the_environment_is_not_read(
    full: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "elsewhere" / "index"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    assert [path for path, _ in Git(full.path).staged()] == ["a.txt"]


def test_a_folder_without_git_has_none(tmp_path: Path) -> None:
    assert Git.find(tmp_path) is None
    (tmp_path / ".git").write_text("gitdir: /nowhere\n")
    assert Git.find(tmp_path) is None
    (tmp_path / ".git").write_bytes(b"gitdir: \0\xff\n")
    assert Git.find(tmp_path) is None
    with pytest.raises(GitError, match="not in a git repository"):
        Git(tmp_path)


def test_a_corrupt_repository_is_one_clear_line(full: Repository) -> None:
    (full.path / ".git" / "index").write_bytes(b"DIRC nonsense")
    with pytest.raises(GitError, match=r"^git ls-files failed in .* \(.*\)\. Check the repository with git fsck\.$"):
        Git(full.path).files()


def test_a_machine_without_git_is_one_clear_line(full: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    git = Git(full.path)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(GitError, match=r"Install git"):
        git.files()
    with pytest.raises(GitError, match=r"Install git"):
        list(git.blobs(["0" * 40]))


def test_a_command_that_takes_too_long_is_ended(
    full: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    slow = tmp_path / "bin" / "git"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    git = Git(full.path)
    monkeypatch.setenv("PATH", f"{slow.parent}:{os.environ['PATH']}")
    monkeypatch.setattr("secloop.scan.git.TIMEOUT", 0.2)
    with pytest.raises(GitError, match="took over"):
        git.files()
    with git.reader() as reader, pytest.raises(GitError, match="gave no data"):
        reader.get("0" * 40)


@pytest.mark.parametrize("name", ["shallow", "commondir", "config", "index", "info/grafts", "objects/info/alternates"])
@pytest.mark.parametrize("target", ["pipe", "/dev/zero", "huge"])
def test_a_repository_that_would_hang_git_or_fill_the_memory_is_not_opened(
    full: Repository, name: str, target: str
) -> None:
    place = full.path / ".git" / name
    place.parent.mkdir(exist_ok=True)
    place.unlink(missing_ok=True)
    if target == "pipe":
        os.mkfifo(place)
    elif target == "huge":
        with place.open("wb") as file:
            file.truncate(5 << 30)
    else:
        place.symlink_to(target)
    assert Git.find(full.path) is None
    with pytest.raises(GitError, match="no regular file, or too large"):
        Git(full.path)


@pytest.mark.parametrize("text", [b"\0", b"\xff\xfe", b"../" * 2000])
def test_a_broken_link_to_the_common_folder_is_no_internal_error(full: Repository, text: bytes) -> None:
    (full.path / ".git" / "commondir").write_bytes(text)
    with suppress(GitError):
        Git(full.path).files()
