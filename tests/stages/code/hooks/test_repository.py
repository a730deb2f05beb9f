"""What comes in, as git tells it: staged changes, pushed ranges, and where hooks live."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from conftest import Repository
from secloop.scan.git import GitError
from secloop.stages.code.hooks.repository import HookRepository
from secloop.stages.code.hooks.updates import Update

if TYPE_CHECKING:
    from pathlib import Path

    from secloop.stages.code.hooks.base import Change

LONG = "".join(f"line {n}\n" for n in range(40))


def staged(repo: Repository) -> list[Change]:
    return HookRepository(repo.path, {}).staged_changes()


def paths(changes: list[Change]) -> list[str]:
    return [change.new.path for change in changes]


def push(repo: Repository, new: str, *, old: str = "", known: tuple[str, ...] = ()) -> list[Change]:
    update = Update(ref="refs/heads/x", old=old, new=new)
    return HookRepository(repo.path, {}).pushed_changes([update], known)


# -- staged ---------------------------------------------------------------------------------------------------------


def test_the_first_commit_brings_every_file(repo: Repository) -> None:
    repo.write("a.py", "a\n")
    repo.write("b/c.py", "c\n")
    repo.git("add", "-A")
    changes = staged(repo)
    assert paths(changes) == ["a.py", "b/c.py"]
    assert all(change.old == () for change in changes)


def test_a_changed_file_takes_the_place_of_its_former_version(repo: Repository) -> None:
    repo.write("a.py", "a\n")
    repo.commit()
    before = repo.git("rev-parse", "HEAD:a.py").strip()
    repo.write("a.py", "a\nb\n")
    repo.write("untracked.py", "x\n")
    repo.git("add", "a.py")
    repo.write("a.py", "not staged\n")
    (change,) = staged(repo)
    assert [old.oid for old in change.old] == [before]
    assert change.new.oid == repo.git("rev-parse", ":a.py").strip()


def test_a_renamed_file_takes_the_place_of_the_old_name(repo: Repository) -> None:
    repo.write("a.py", LONG)
    repo.commit()
    repo.git("mv", "a.py", "b.py")
    assert staged(repo) == [], "a pure rename brings no content"
    repo.write("b.py", LONG + "more\n")
    repo.git("add", "-A")
    (change,) = staged(repo)
    assert (change.new.path, change.old[0].path) == ("b.py", "a.py")


def test_what_brings_no_content_is_left_out(repo: Repository) -> None:
    repo.write("gone.py", "a\n")
    repo.write("mode.py", "b\n")
    other = Repository(repo.path.parent / "other")
    other.commit()
    repo.commit()
    (repo.path / "gone.py").unlink()
    (repo.path / "mode.py").chmod(0o755)
    (repo.path / "link").symlink_to("mode.py")
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.path), "sub")
    repo.git("add", "-A")
    assert paths(staged(repo)) == [".gitmodules"]
    repo.commit()
    sub = Repository(repo.path / "sub")
    sub.commit()
    repo.git("add", "sub")
    assert staged(repo) == [], "a submodule's pointer is no content of ours"


def test_a_link_that_becomes_a_file_brings_its_content(repo: Repository) -> None:
    (repo.path / "a").symlink_to("target")
    repo.commit()
    (repo.path / "a").unlink()
    repo.write("a", "content\n")
    repo.git("add", "-A")
    (change,) = staged(repo)
    assert (change.new.path, change.old) == ("a", ())


def test_names_that_are_not_utf8_are_shown_escaped(repo: Repository) -> None:
    name = os.fsdecode(b"caf\xe9 \t.py")
    (repo.path / name).write_text("x\n")
    repo.git("add", "-A")
    assert paths(staged(repo)) == ["caf\\xe9 \t.py"]


def test_a_merge_brings_only_what_no_parent_has(repo: Repository) -> None:
    repo.write("a.py", LONG)
    repo.commit()
    repo.git("checkout", "-q", "-b", "side")
    repo.write("a.py", "side\n" + LONG)
    repo.write("theirs.py", "x\n")
    repo.commit()
    repo.git("checkout", "-q", "main")
    repo.write("a.py", "main\n" + LONG)
    repo.commit()
    with pytest.raises(subprocess.CalledProcessError):
        repo.git("merge", "-q", "side")
    repo.write("a.py", "both\n" + LONG)
    repo.git("add", "-A")
    (change,) = staged(repo)
    assert change.new.path == "a.py"
    assert {old.oid for old in change.old} == {repo.git("rev-parse", f"{b}:a.py").strip() for b in ("main", "side")}


def test_a_commit_of_one_path_reads_the_index_git_made_for_it(
    repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write("a.py", "a\n")
    repo.git("add", "-A")
    index = repo.path / ".git" / "next-index-1.lock"
    (repo.path / ".git" / "index").rename(index)
    assert staged(repo) == []
    monkeypatch.setenv("GIT_INDEX_FILE", str(index))
    assert paths(staged(repo)) == ["a.py"]


def test_a_partial_clone_fetches_nothing_to_find_renames(repo: Repository) -> None:
    for name in ("a.txt", "z.txt"):
        repo.write(name, LONG)
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.commit()
    place = repo.path.parent / "partial"
    repo.git("clone", "-q", "--filter=blob:none", "--no-checkout", f"file://{repo.path}", str(place))
    partial = Repository(place)
    partial.git("read-tree", "--empty")
    partial.write("b.txt", LONG + "more\n")
    partial.git("add", "b.txt")
    assert paths(staged(partial)) == ["b.txt"]
    missing = partial.git("rev-list", "--objects", "--missing=print", "HEAD")
    assert "?" in missing


# -- pushed ---------------------------------------------------------------------------------------------------------


def test_every_version_counts_also_one_that_went_again(repo: Repository) -> None:
    base = repo.commit()
    repo.write("a.py", "one\n")
    first = repo.commit()
    (repo.path / "a.py").unlink()
    repo.commit()
    repo.write("b.py", "two\n")
    last = repo.commit()
    changes = push(repo, last, old=base)
    assert [(c.new.path, c.commit) for c in changes] == [("a.py", first), ("b.py", last)]


def test_a_new_branch_brings_what_no_remote_has(repo: Repository) -> None:
    repo.write("a.py", "one\n")
    base = repo.commit()
    repo.git("update-ref", "refs/remotes/origin/main", base)
    repo.git("remote", "add", "origin", "/nowhere")
    repo.write("b.py", "two\n")
    last = repo.commit()
    git = HookRepository(repo.path, {})
    assert paths(push(repo, last, known=git.known_refs("origin"))) == ["b.py"]
    assert paths(push(repo, last, known=git.known_refs("https://example.org/unnamed"))) == ["a.py", "b.py"]


def test_a_forced_push_brings_the_rewritten_commits(repo: Repository) -> None:
    repo.commit()
    repo.write("a.py", "one\n")
    old = repo.commit()
    repo.write("a.py", "two\n")
    repo.git("add", "-A")
    repo.git("commit", "-q", "--amend", "-m", "again")
    new = repo.git("rev-parse", "HEAD").strip()
    assert paths(push(repo, new, old=old)) == ["a.py"]
    assert paths(push(repo, new, old="d" * 40)) == ["a.py"], "the old side need not be here"


def test_a_deleted_branch_brings_nothing(repo: Repository) -> None:
    assert push(repo, "", old=repo.commit()) == []


def test_a_merge_in_a_push_brings_what_differs_from_every_parent(repo: Repository) -> None:
    repo.write("a.py", "1\n" + LONG)
    base = repo.commit()
    repo.git("checkout", "-q", "-b", "side")
    repo.write("b.py", "x\n")
    repo.commit()
    repo.git("checkout", "-q", "main")
    repo.write("c.py", "y\n")
    repo.commit()
    repo.git("merge", "-q", "--no-commit", "side")
    repo.write("evil.py", "z\n")
    merge = repo.commit()
    changes = push(repo, merge, old=base)
    assert sorted(paths(changes)) == ["b.py", "c.py", "evil.py"]
    assert next(c.commit for c in changes if c.new.path == "evil.py") == merge


def test_tags_of_trees_and_files_are_looked_at_too(repo: Repository) -> None:
    repo.write("d/a.py", "one\n")
    commit = repo.commit()
    repo.git("tag", "-a", "-m", "x", "on-commit", commit)
    repo.git("tag", "-a", "-m", "x", "on-tree", f"{commit}^{{tree}}")
    repo.git("tag", "on-file", f"{commit}:d/a.py")
    for tag, expected in (("on-commit", "d/a.py"), ("on-tree", "d/a.py"), ("on-file", "tagged")):
        assert paths(push(repo, repo.git("rev-parse", tag).strip())) == [expected]


def test_a_commit_that_is_not_here_is_an_error(repo: Repository) -> None:
    repo.commit()
    with pytest.raises(GitError):
        push(repo, "d" * 40)


# -- where hooks live -----------------------------------------------------------------------------------------------


def folder_of(path: Path) -> Path:
    return HookRepository(path, {}).hooks_folder()


def test_hooks_live_in_the_git_directory(repo: Repository) -> None:
    (repo.path / "sub").mkdir()
    assert folder_of(repo.path / "sub") == repo.path / ".git" / "hooks"


def test_core_hookspath_is_honoured(repo: Repository) -> None:
    repo.git("config", "core.hooksPath", "my hooks")
    assert folder_of(repo.path) == repo.path / "my hooks"
    repo.git("config", "core.hooksPath", str(repo.path.parent / "all"))
    assert folder_of(repo.path) == repo.path.parent / "all"


def test_linked_work_trees_share_their_hooks(repo: Repository) -> None:
    repo.commit()
    repo.git("worktree", "add", "-q", "../linked")
    linked = HookRepository(repo.path.parent / "linked", {})
    assert linked.hooks_folder().resolve() == repo.path / ".git" / "hooks"
    assert linked.common == repo.path / ".git"
    assert not linked.bare


def test_a_bare_repository_has_hooks_and_no_work_tree(repo: Repository) -> None:
    repo.git("init", "-q", "--bare", "../server.git")
    server = repo.path.parent / "server.git"
    git = HookRepository(server, {})
    assert git.bare
    assert git.hooks_folder() == server / "hooks"
    assert HookRepository(server, {"GIT_DIR": "."}).bare


def test_a_folder_outside_any_repository_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="not in a git repository"):
        HookRepository(tmp_path, {})
