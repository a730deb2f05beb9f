"""Sources: which files are looked at, which are left out and why, and that reading them is safe."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from secloop.model.enums import FileClass
from secloop.model.errors import UsageError
from secloop.scan.sources import Commit, Index, MemorySource, WorkTree

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from conftest import Repository
    from secloop.scan.sources import Source


def write(root: Path, *paths: str, content: str = "x\n") -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)


def names(source: Source) -> list[str]:
    return [entry.path for entry in source]


def contents(source: Source) -> dict[str, bytes]:
    try:
        return {entry.path: entry.read() for entry in source}
    finally:
        source.close()


def test_git_decides_what_is_in_a_work_tree(repo: Repository) -> None:
    repo.write(".gitignore", "build/\n*.log\n")
    repo.write("sub/.gitignore", "!important.log\nlocal\n")
    write(repo.path, "a.py", "build/out.js", "x.log", "sub/important.log", "sub/local", "sub/b.py")
    repo.commit()
    write(repo.path, "untracked.py")
    source = WorkTree(repo.path)
    assert names(source) == [".gitignore", "a.py", "sub/.gitignore", "sub/b.py", "sub/important.log", "untracked.py"]
    assert source.excluded == {"ignored": 3}
    assert source.total == 6


def test_without_git_nested_ignore_files_hold_all_the_same(tmp_path: Path) -> None:
    write(tmp_path, ".gitignore", content="build/\n*.log\n/top\n\\\n[\n")
    write(tmp_path, "sub/.gitignore", content="!important.log\nlocal\n")
    write(tmp_path, "a.py", "build/out.js", "x.log", "sub/important.log", "sub/local", "sub/b.py", "top", "sub/top")
    source = WorkTree(tmp_path)
    assert names(source) == [".gitignore", "a.py", "sub/.gitignore", "sub/b.py", "sub/important.log", "sub/top"]
    assert source.excluded == {"ignored": 4}


def test_the_walk_agrees_with_git(repo: Repository) -> None:
    patterns = "# comment\n*.o\n!keep.o\n/root-only\ndir/\na/**/z\n**/deep\nsp ace\\ \n\\#hash\n?.q\n[a-c].r\n"
    repo.write(".gitignore", patterns)
    repo.write("p/.gitignore", "/q\n*.o\n!*.keep\n")
    write(
        repo.path, "x.o", "keep.o", "root-only", "n/root-only", "dir/f", "n/dir/f", "n/m/dir", "a/z", "a/b/z",
        "a/b/c/z", "n/deep/f", "deep", "sp ace ", "#hash", "1.q", "12.q", "b.r", "d.r", "p/q", "p/n/q", "p/keep.o",
        "p/a.keep",
    )  # fmt: skip
    by_git = names(WorkTree(repo.path))
    (repo.path / ".git").rename(repo.path.parent / "moved")
    assert names(WorkTree(repo.path)) == by_git


def test_a_hostile_ignore_file_costs_nothing(tmp_path: Path) -> None:
    """With a backtracking matcher this pattern would take years."""
    pytest.importorskip("re2")
    write(tmp_path, ".gitignore", content="a*" * 40 + "b\n")
    write(tmp_path, "a" * 200)
    assert "a" * 200 in names(WorkTree(tmp_path))


def test_no_ignore_shows_everything_but_git(repo: Repository) -> None:
    repo.write(".gitignore", "*\n")
    write(repo.path, "a/b", "node_modules/.git", "node_modules/x")
    assert names(WorkTree(repo.path, no_ignore=True)) == [".gitignore", "a/b", "node_modules/x"]


def test_excluded_patterns_are_counted_as_configuration(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "third_party/x.py", "sub/third_party/y.py", "b.gen.py")
    source = WorkTree(tmp_path, exclude=["third_party/**", "*.gen.py"])
    assert names(source) == ["a.py", "sub/third_party/y.py"]
    assert source.excluded == {"configuration": 2}


def test_a_malformed_pattern_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\[scan\] exclude pattern"):
        WorkTree(tmp_path, exclude=["\\"])


def test_paths_and_globs_restrict(tmp_path: Path) -> None:
    write(tmp_path, "src/a.py", "src/b.js", "test/a.py", "srcs/a.py", "[odd].py")
    assert names(WorkTree(tmp_path, paths=["src"])) == ["src/a.py", "src/b.js"]
    assert names(WorkTree(tmp_path, paths=["./src/", "test/a.py"])) == ["src/a.py", "src/b.js", "test/a.py"]
    assert names(WorkTree(tmp_path, paths=["src/**/*.py"])) == ["src/a.py"]
    assert names(WorkTree(tmp_path, paths=["*.js"])) == ["src/b.js"]
    assert names(WorkTree(tmp_path, paths=["[odd].py"])) == ["[odd].py"]
    assert len(names(WorkTree(tmp_path, paths=["."]))) == 5


@pytest.mark.parametrize(
    ("paths", "listed"),
    [(["a.py"], {""}), (["deep/in"], {"", "deep", "deep/in", "deep/in/here"}), ([], None), (["*.py"], None)],
)
def test_without_git_folders_that_nobody_asked_for_are_not_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, paths: list[str], listed: set[str] | None
) -> None:
    write(tmp_path, "a.py", "deep/in/here/b.py", "deep/other/c.py", "large/one/d.py")
    seen: set[str] = set()
    scandir = os.scandir

    def recorded(folder: Path) -> Any:
        seen.add(os.path.relpath(folder, tmp_path).removeprefix("."))
        return scandir(folder)

    with monkeypatch.context() as patch:
        patch.setattr("os.scandir", recorded)
        assert names(WorkTree(tmp_path, paths=paths))
    every = {"", "deep", "deep/in", "deep/in/here", "deep/other", "large", "large/one"}
    assert seen == (every if listed is None else listed)


def test_a_path_that_does_not_exist_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere does not exist"):
        WorkTree(tmp_path, paths=["nowhere"])
    with pytest.raises(UsageError, match=r"is not a folder"):
        WorkTree(tmp_path / "missing")


def test_a_named_path_is_looked_at_even_when_it_is_ignored(repo: Repository) -> None:
    repo.write(".gitignore", "hidden/\n*.env\n")
    write(repo.path, "hidden/a", "prod.env", "b")
    assert names(WorkTree(repo.path, paths=["hidden"])) == ["hidden/a"]
    assert names(WorkTree(repo.path, paths=["prod.env"])) == ["prod.env"]


def test_an_ignored_root_is_walked_and_not_silently_empty(repo: Repository) -> None:
    repo.write(".gitignore", "build/\n")
    write(repo.path, "build/x/a.py")
    assert names(WorkTree(repo.path / "build" / "x")) == ["a.py"]


def test_only_restricts_to_a_set(tmp_path: Path) -> None:
    write(tmp_path, "a", "b", "c/d")
    source = WorkTree(tmp_path, only={"a", "c/d", "gone"})
    assert names(source) == ["a", "c/d"]


def test_submodules_and_nested_repositories_are_walked_too(repo: Repository, tmp_path: Path) -> None:
    other = type(repo)(tmp_path / "other")
    other.write("inner.py", "x\n")
    other.write(".gitignore", "skip\n")
    other.commit()
    repo.write("a.py", "x\n")
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other.path), "mod")
    repo.commit()
    nested = type(repo)(repo.path / "nested")
    nested.write("n.py", "x\n")
    write(repo.path, "mod/untracked.py", "mod/skip")
    source = WorkTree(repo.path)
    assert names(source) == [
        ".gitmodules", "a.py", "mod/.gitignore", "mod/inner.py", "mod/untracked.py", "nested/n.py",
    ]  # fmt: skip
    assert names(WorkTree(repo.path, only={"mod"})) == ["mod/.gitignore", "mod/inner.py", "mod/untracked.py"]


def test_a_submodule_that_is_not_checked_out_is_an_empty_folder(repo: Repository, tmp_path: Path) -> None:
    other = type(repo)(tmp_path / "other")
    other.write("inner.py", "x\n")
    other.commit()
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other.path), "mod")
    repo.commit()
    repo.git("submodule", "deinit", "-q", "-f", "mod")
    assert names(WorkTree(repo.path)) == [".gitmodules"]


def test_repositories_below_a_folder_without_git_keep_their_rules(tmp_path: Path, repo: Repository) -> None:
    repo.write(".gitignore", "skip\n")
    write(repo.path, "skip", "a")
    write(tmp_path, "b")
    assert names(WorkTree(tmp_path)) == ["b", "repo/.gitignore", "repo/a"]


def test_a_corrupt_repository_is_walked(repo: Repository) -> None:
    repo.write("a", "x")
    repo.commit()
    (repo.path / ".git" / "index").write_bytes(b"nonsense")
    assert names(WorkTree(repo.path)) == ["a"]


def test_symlinks_are_left_out_with_a_reason_and_never_followed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(root, "real/a")
    write(tmp_path, "outside/secret")
    (root / "to-file").symlink_to("real/a")
    (root / "to-folder").symlink_to("real")
    (root / "loop").symlink_to(".")
    (root / "self").symlink_to("self")
    (root / "broken").symlink_to("nowhere")
    (root / "out").symlink_to(tmp_path / "outside" / "secret")
    (root / "out-folder").symlink_to(tmp_path / "outside")
    source = WorkTree(root)
    assert names(source) == ["real/a"]
    assert source.excluded == {"symlink": 5, "symlink outside root": 2}


def test_a_tracked_folder_that_became_a_link_is_not_followed(repo: Repository, tmp_path: Path) -> None:
    repo.write("sub/secret", "x\n")
    repo.commit()
    write(tmp_path, "outside/secret")
    (repo.path / "sub" / "secret").unlink()
    (repo.path / "sub").rmdir()
    (repo.path / "sub").symlink_to(tmp_path / "outside")
    source = WorkTree(repo.path)
    assert names(source) == []
    assert source.excluded["symlink outside root"] >= 1


def test_a_file_that_becomes_a_link_between_listing_and_reading_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path, "root/a")
    write(tmp_path, "outside")
    (entry,) = WorkTree(tmp_path / "root")
    (tmp_path / "root" / "a").unlink()
    (tmp_path / "root" / "a").symlink_to(tmp_path / "outside")
    with pytest.raises(OSError, match="symbolic links"):
        entry.read()


def test_pipes_sockets_and_devices_are_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a")
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)  # a socket's name is short
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("socket")
        source = WorkTree(tmp_path)
        assert names(source) == ["a"]
        assert source.excluded == {"special file": 2}


def test_a_file_that_becomes_a_pipe_does_not_block(tmp_path: Path) -> None:
    write(tmp_path, "a")
    (entry,) = WorkTree(tmp_path)
    (tmp_path / "a").unlink()
    os.mkfifo(tmp_path / "a")
    with pytest.raises(OSError, match="no longer a regular file"):
        entry.read()


def test_what_cannot_be_listed_is_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "ok/a", "closed/b")
    closed = str(tmp_path.resolve() / "closed")
    scandir = os.scandir

    def guarded(path: Path) -> os._ScandirIterator[str]:
        if str(path).rstrip("/") == closed:
            raise PermissionError(13, "Permission denied")
        return scandir(str(path))

    monkeypatch.setattr("os.scandir", guarded)
    source = WorkTree(tmp_path)
    assert names(source) == ["ok/a"]
    (gap,) = source.gaps
    assert (gap.file, gap.outcome) == ("closed", FileClass.FAILED)
    assert "Permission denied" in gap.reason


def test_a_path_too_long_for_the_system_is_a_gap_and_no_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a")
    monkeypatch.chdir(tmp_path)
    for _ in range(24):
        os.mkdir("d" * 200)  # noqa: PTH102 - the path is longer than a path may be
        os.chdir("d" * 200)
    source = WorkTree(tmp_path)
    assert names(source) == ["a"]
    assert [gap.outcome for gap in source.gaps] == [FileClass.FAILED]
    assert "too long" in source.gaps[0].reason


def test_folders_nested_a_thousand_deep_are_walked(tmp_path: Path) -> None:
    deep = "/d" * 1000
    try:
        for depth in range(0, len(deep), 200):
            (tmp_path / deep[1 : depth + 200]).mkdir(parents=True)
        write(tmp_path, f"{deep[1:]}/leaf")
        assert names(WorkTree(tmp_path)) == [f"{deep[1:]}/leaf"]
    finally:
        subprocess.run(["rm", "-rf", str(tmp_path / "d")], check=True)  # pytest's own clean-up recurses


def test_names_that_are_not_text_are_shown_escaped_and_read_all_the_same(repo: Repository) -> None:
    odd = [b"new\nline", b"bad\xff\xfe", "ünï".encode()]
    for name in odd:
        (repo.path / os.fsdecode(name)).write_bytes(name)
    shown = ["bad\\xff\\xfe", "new\nline", "ünï"]
    assert contents(WorkTree(repo.path)) == dict(zip(shown, sorted(odd, key=lambda raw: raw[:1]), strict=True))
    assert contents(WorkTree(repo.path, only={os.fsdecode(odd[1])})) == {shown[0]: odd[1]}
    repo.commit()
    assert list(contents(Commit(repo.path, "HEAD"))) == shown


def test_a_deleted_but_tracked_file_is_simply_gone(repo: Repository) -> None:
    repo.write("a", "x")
    repo.commit()
    (repo.path / "a").unlink()
    source = WorkTree(repo.path)
    assert (names(source), list(source.gaps)) == ([], [])


@pytest.mark.parametrize("size", [0, 1, 4095, 4096, 4097, (1 << 16) - 1, 1 << 16, (1 << 16) + 1, 300_000])
def test_head_and_content_agree_for_every_size(tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    (tmp_path / "f").write_bytes(data)
    (entry,) = WorkTree(tmp_path)
    head = entry.head()
    assert data.startswith(head)
    assert len(head) >= min(size, 4096)
    assert entry.read() == data
    assert entry.read(limit=100) == data[:101]
    entry.close()


def test_a_huge_file_is_never_read_whole(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(2 << 30)
    (entry,) = WorkTree(tmp_path)
    assert entry.size == 2 << 30
    assert len(entry.head()) == 4096
    assert len(entry.read(limit=1 << 20)) == (1 << 20) + 1
    entry.close()


def test_the_index_gives_staged_content_of_what_differs_from_head(repo: Repository) -> None:
    for name in ("same", "changed", "gone", "dirty"):
        repo.write(name, f"{name}\n")
    repo.commit()
    repo.write("changed", "staged\n")
    repo.write("new", "new\n")
    repo.git("add", "changed", "new")
    repo.git("rm", "-q", "gone")
    (repo.path / "link").symlink_to("same")
    repo.git("add", "link")
    repo.write("changed", "not staged\n")
    repo.write("dirty", "not staged\n")
    assert contents(Index(repo.path)) == {"changed": b"staged\n", "new": b"new\n"}


def test_a_commit_gives_its_tree(repo: Repository) -> None:
    repo.write("a", "old\n")
    repo.write("sub/b", "b\n")
    first = repo.commit()
    repo.write("a", "new\n")
    repo.commit()
    repo.write("c", "not committed\n")
    assert contents(Commit(repo.path, first)) == {"a": b"old\n", "sub/b": b"b\n"}
    assert contents(Commit(repo.path, "HEAD")) == {"a": b"new\n", "sub/b": b"b\n"}
    with pytest.raises(UsageError):
        Commit(repo.path, "nonsense")


def test_a_missing_object_is_a_gap(repo: Repository) -> None:
    repo.write("a", "a\n")
    repo.write("b", "b\n")
    repo.commit()
    oid = repo.git("rev-parse", "HEAD:a").strip()
    (repo.path / ".git" / "objects" / oid[:2] / oid[2:]).unlink()
    source = Commit(repo.path, "HEAD")
    assert contents(source) == {"b": b"b\n"}
    assert [(gap.file, gap.outcome) for gap in source.gaps] == [("a", FileClass.FAILED)]


def test_memory_gives_what_it_holds_in_order() -> None:
    source = MemorySource({"b": b"2", "a": b"1"})
    assert list(contents(source).items()) == [("a", b"1"), ("b", b"2")]
    assert [entry.read(limit=0) for entry in source] == [b"1", b"2"]
    assert source.total == 2


def test_entries_can_be_read_again_until_the_source_is_closed(repo: Repository) -> None:
    repo.write("a", "a\n")
    repo.git("add", "a")
    repo.commit()
    sources: Iterable[Source] = (WorkTree(repo.path), Commit(repo.path, "HEAD"), MemorySource({"a": b"a\n"}))
    for source in sources:
        (entry,) = source
        assert (entry.head(), entry.read(), entry.read()) == (b"a\n", b"a\n", b"a\n")
        entry.close()
        assert entry.read() == b"a\n"
        source.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells where an open file lies")
def test_a_folder_swapped_for_a_link_during_the_scan_is_not_followed(tmp_path: Path) -> None:
    for name in ("repo/sub", "outside"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "a.txt").write_text(name)
    (entry,) = WorkTree(tmp_path / "repo")
    assert entry.read() == b"repo/sub"
    entry.close()
    (tmp_path / "repo/sub").rename(tmp_path / "repo/old")
    (tmp_path / "repo/sub").symlink_to(tmp_path / "outside")
    with pytest.raises(OSError, match="link out of the root"):
        entry.read()


def test_a_path_in_a_roundabout_spelling_leads_nowhere_and_hides_nothing(tmp_path: Path) -> None:
    write(tmp_path, "in/a/b.py", "out.py")
    tree = WorkTree(tmp_path / "in")
    (place,) = tree.unread()
    inside = place.tree._is_inside
    assert not inside("a/..")
    assert inside("a")
    assert not inside("a/..")
    assert not inside("a/../..")
    assert not inside("./a")
    assert names(tree) == ["a/b.py"]
