"""The scan of history, on repositories made for the purpose."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from secloop.model.enums import FileClass
from secloop.rules.generate import expand
from secloop.rules.index import builtin
from secloop.scan.base import Settings
from secloop.scan.cache import Cache
from secloop.scan.git import Git
from secloop.stages.code.history.look import Look
from secloop.stages.code.history.memory import Memory, open_memory
from secloop.stages.code.history.scan import HistoryScan
from secloop.stages.code.secrets.sensor import SecretsSensor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from conftest import Repository
    from secloop.stages.code.history.base import HistoryResult

TOKEN = expand("{{crc32:ghp_,30}}", "history")
OTHER = expand("{{crc32:ghp_,30}}", "another")


@pytest.fixture(scope="module")
def sensor(tmp_path_factory: pytest.TempPathFactory) -> SecretsSensor:
    sensor = SecretsSensor()
    sensor.configure(Settings(root=str(tmp_path_factory.mktemp("root"))), builtin())
    return sensor


def scan(
    path: Path,
    sensor: SecretsSensor,
    revisions: Sequence[str] = ("HEAD",),
    paths: Sequence[str] = (),
    *,
    cache: Cache | None = None,
    max_bytes: int = 1 << 20,
) -> HistoryResult:
    look = Look(sensor, max_bytes=max_bytes, seconds=10)
    return HistoryScan(Git(path), look, Memory(cache, b"salt")).run(revisions, paths)


def shown(result: HistoryResult) -> list[tuple[str, int, str, bool | None]]:
    """Return (file, line, commit, in HEAD) of each sighting."""
    return [
        (getattr(one.finding.place, "file", ""), getattr(one.finding.place, "line", 0), one.commit.id, one.in_head)
        for one in result.sightings
    ]


def test_a_removed_secret_is_reported_with_the_commit_that_brought_it(repo: Repository, sensor: SecretsSensor) -> None:
    repo.write("a.py", "x = 1\n")
    repo.commit()
    repo.write("a.py", f'x = 1\ntoken = "{TOKEN}"\n')
    brought = repo.commit()
    repo.write("a.py", f'x = 2\ny = 3\ntoken = "{TOKEN}"\n')
    repo.commit()
    repo.write("a.py", "x = 2\n")
    repo.commit()
    result = scan(repo.path, sensor)
    assert shown(result) == [("a.py", 2, brought, False)]
    commit = result.sightings[0].commit
    assert commit.author == "T <t@example.org>"
    assert commit.date[4] == "-"
    assert commit.date[10] == "T"
    assert TOKEN not in repr(result)


def test_a_secret_in_head_is_said_to_be_there_for_each_path(repo: Repository, sensor: SecretsSensor) -> None:
    repo.write("old.py", f'token = "{TOKEN}"\n')
    first = repo.commit()
    repo.git("mv", "old.py", "new.py")
    second = repo.commit()
    assert shown(scan(repo.path, sensor)) == [("new.py", 1, second, True), ("old.py", 1, first, False)]


def test_lines_are_those_of_the_whole_file_although_only_a_part_is_looked_at(
    repo: Repository, sensor: SecretsSensor
) -> None:
    text = [f"value_{n} = {n}" for n in range(1000)]
    repo.write("a.py", "\n".join(text))
    repo.commit()
    text[700] = f'token = "{TOKEN}"'
    repo.write("a.py", "\n".join(text))
    brought = repo.commit()
    assert shown(scan(repo.path, sensor)) == [("a.py", 701, brought, True)]


def test_what_only_a_merge_brings_is_found(repo: Repository, sensor: SecretsSensor) -> None:
    repo.write("a.py", "x = 1\n")
    repo.commit()
    repo.git("checkout", "-q", "-b", "side")
    repo.write("a.py", "x = 2\n")
    repo.commit()
    repo.git("checkout", "-q", "main")
    repo.write("a.py", "x = 3\n")
    repo.commit()
    repo.git("merge", "-q", "--no-commit", "-s", "ours", "side")
    repo.write("a.py", f'token = "{TOKEN}"\n')
    merge = repo.commit()
    assert shown(scan(repo.path, sensor)) == [("a.py", 1, merge, True)]


def test_a_link_that_becomes_a_file_is_looked_at(repo: Repository, sensor: SecretsSensor) -> None:
    (repo.path / "a.py").symlink_to("elsewhere")
    repo.commit()
    (repo.path / "a.py").unlink()
    repo.write("a.py", f'token = "{TOKEN}"\n')
    brought = repo.commit()
    result = scan(repo.path, sensor)
    assert shown(result) == [("a.py", 1, brought, True)]
    assert result.looked.excluded == {"link": 1}


def test_branches_ranges_and_paths_limit_what_is_looked_at(repo: Repository, sensor: SecretsSensor) -> None:
    repo.write("app/a.py", f'token = "{TOKEN}"\n')
    first = repo.commit()
    repo.git("checkout", "-q", "-b", "side")
    repo.write("app/a.py", f'token = "{TOKEN}"\nother = "{OTHER}"\n')
    repo.write("b.py", f'token = "{OTHER}"\n')
    side = repo.commit()
    repo.git("checkout", "-q", "main")
    assert [row[2] for row in shown(scan(repo.path, sensor))] == [first]
    in_range = scan(repo.path, sensor, ("side", f"^{first}"))
    assert [row[:3] for row in shown(in_range)] == [("app/a.py", 2, side), ("b.py", 1, side)]
    assert {row[0] for row in shown(scan(repo.path, sensor, ("--all",), ("app",)))} == {"app/a.py"}
    assert {row[0] for row in shown(scan(repo.path / "app", sensor, ("--all",)))} == {"a.py"}


def test_an_ignore_comment_counts_as_the_newest_version_has_it(repo: Repository, sensor: SecretsSensor) -> None:
    repo.write("a.py", f'token = "{TOKEN}"\n')
    repo.write("b.py", f'token = "{OTHER}"  # gitleaks:allow\n')
    repo.commit()
    repo.write("a.py", f'x = 1\ntoken = "{TOKEN}"  # secloop:ignore reason="sample"\n')
    repo.write("b.py", f'token = "{OTHER}"\n')
    repo.commit()
    commented = {getattr(one.finding.place, "file", ""): one.comments for one in scan(repo.path, sensor).sightings}
    assert [comment.tool for comment in commented["a.py"]] == ["secloop"]
    assert [(comment.first, comment.last) for comment in commented["a.py"]] == [(1, 1)]
    assert commented["b.py"] == ()


def test_a_second_run_looks_at_what_is_new_only_and_finds_the_same(
    repo: Repository, sensor: SecretsSensor, tmp_path: Path
) -> None:
    repo.write("a.py", f'token = "{TOKEN}"\n')
    repo.write("image.png", b"\x89PNG\r\n\x1a\n" + bytes(100))
    repo.commit()
    with Cache(tmp_path / "history.db") as cache:
        fresh = scan(repo.path, sensor, cache=cache)
    with Cache(tmp_path / "history.db") as cache:
        again = scan(repo.path, sensor, cache=cache)
    assert (again.looked.scanned, again.looked.cached) == (1, 1)
    assert again.looked.excluded == {"binary": 1}
    assert shown(again) == shown(fresh)
    repo.write("b.py", "x = 1\n")
    repo.commit()
    with Cache(tmp_path / "history.db") as cache:
        pushed = scan(repo.path, sensor, cache=cache)
    assert (pushed.looked.scanned, pushed.looked.cached) == (2, 1)


def test_a_shallow_clone_says_that_its_past_is_not_here(
    repo: Repository, sensor: SecretsSensor, tmp_path: Path
) -> None:
    for n in range(3):
        repo.write("a.py", f"x = {n}\n")
        repo.commit()
    repo.git("clone", "-q", "--depth", "1", f"file://{repo.path}", str(tmp_path / "clone"))
    [gap] = scan(tmp_path / "clone", sensor).gaps
    assert gap.outcome is FileClass.FAILED
    assert "shallow" in gap.reason


def test_a_partial_clone_counts_what_is_missing_and_fetches_nothing(
    repo: Repository, sensor: SecretsSensor, tmp_path: Path
) -> None:
    for n in range(3):
        repo.write("a.py", f'x = {n}\ntoken = "{TOKEN}"\n')
        repo.commit()
    repo.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    repo.git("clone", "-q", "--filter=blob:none", f"file://{repo.path}", str(clone))
    before = sorted(path.name for path in clone.rglob("*.pack"))
    result = scan(clone, sensor)
    [gap] = result.gaps
    assert "2 versions of files cannot be read" in gap.reason
    assert result.looked.failed == 2
    assert [row[3] for row in shown(result)] == [True]
    assert sorted(path.name for path in clone.rglob("*.pack")) == before


def test_a_missing_and_a_broken_object_are_told_and_the_rest_is_looked_at(
    repo: Repository, sensor: SecretsSensor
) -> None:
    for name in ("a", "b", "c"):
        repo.write(f"{name}.py", f'token = "{expand("{{crc32:ghp_,30}}", name)}"\n')
    repo.commit()
    for name, content in (("a.py", None), ("b.py", b"broken")):
        oid = repo.git("rev-parse", f"HEAD:{name}").strip()
        path = repo.path / ".git" / "objects" / oid[:2] / oid[2:]
        path.chmod(0o600)
        path.unlink() if content is None else path.write_bytes(content)
    result = scan(repo.path, sensor)
    assert [row[0] for row in shown(result)] == ["c.py"]
    assert result.looked.failed == 2
    assert result.gaps[0].reason.startswith("2 versions of files cannot be read")


def test_a_missing_commit_ends_the_log_and_is_told(repo: Repository, sensor: SecretsSensor) -> None:
    repo.write("a.py", "x = 1\n")
    first = repo.commit()
    repo.write("a.py", f'token = "{TOKEN}"\n')
    repo.commit()
    path = repo.path / ".git" / "objects" / first[:2] / first[2:]
    path.chmod(0o600)
    path.unlink()
    [gap] = scan(repo.path, sensor).gaps
    assert "git log ended" in gap.reason


def test_grafts_that_hide_commits_are_told(repo: Repository, sensor: SecretsSensor) -> None:
    repo.write("a.py", "x = 1\n")
    head = repo.commit()
    (repo.path / ".git" / "info").mkdir(exist_ok=True)
    (repo.path / ".git" / "info" / "grafts").write_text(f"{head}\n")
    assert "grafts" in scan(repo.path, sensor).gaps[0].reason


def test_a_large_version_is_limited_and_a_large_binary_is_not(repo: Repository, sensor: SecretsSensor) -> None:
    repo.write("a.txt", "x" * 5000)
    repo.write("b.dat", bytes(5000))
    repo.commit()
    result = scan(repo.path, sensor, max_bytes=1000)
    assert [(gap.file, gap.outcome) for gap in result.gaps] == [("a.txt", FileClass.LIMITED)]
    assert result.looked.excluded["binary"] == 1


def test_configuration_of_the_repository_runs_nothing_and_hides_nothing(
    repo: Repository, sensor: SecretsSensor, tmp_path: Path
) -> None:
    trace = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {trace}\n")
    program.chmod(0o755)
    repo.write("a.py", f'token = "{TOKEN}"\n')
    repo.write(".gitattributes", "*.py diff=evil filter=evil\n")
    brought = repo.commit()
    for key, value in (
        ("log.showSignature", "true"), ("gpg.program", str(program)), ("diff.external", str(program)),
        ("diff.evil.textconv", str(program)), ("filter.evil.smudge", str(program)), ("core.fsmonitor", str(program)),
        ("core.pager", str(program)), ("log.showRoot", "false"), ("diff.renames", "copies"), ("log.follow", "true"),
        ("diff.orderFile", "nowhere"), ("color.ui", "always"), ("log.diffMerges", "off"), ("diff.relative", "true"),
    ):  # fmt: skip
        repo.git("config", key, value)
    assert shown(scan(repo.path, sensor)) == [("a.py", 1, brought, True)]
    assert not trace.exists()


@pytest.mark.skipif(os.name != "posix", reason="names of files are bytes")
def test_odd_names_and_authors_are_shown_and_harm_nothing(repo: Repository, sensor: SecretsSensor) -> None:
    name = b"a\nb\xff \x01.py"
    path = os.fsencode(repo.path) + b"/" + name
    with open(path, "wb") as file:  # noqa: PTH123 - a path of bytes
        file.write(f'token = "{TOKEN}"\n'.encode())
    repo.git("add", "-A")
    repo.git("-c", "user.name=x", "commit", "-q", "-m", "\x01:100644 100644", "--author=A\x01 B <>")
    [(file_name, line, _, in_head)] = shown(scan(repo.path, sensor))
    assert file_name == "a\nb\\xff \x01.py"
    assert (line, in_head) == (1, True)


def test_a_repository_without_commits_has_no_history(repo: Repository, sensor: SecretsSensor) -> None:
    result = scan(repo.path, sensor, ())
    assert (result.sightings, result.gaps, result.looked.commits) == ([], [], 0)
    assert scan(repo.path, sensor, ("--all",)).gaps == []


def test_a_bare_repository_has_the_history_of_the_one_it_is_a_copy_of(
    repo: Repository, sensor: SecretsSensor, tmp_path: Path
) -> None:
    repo.write("a.py", f'token = "{TOKEN}"\n')
    repo.commit("one")
    bare = tmp_path / "copy.git"
    repo.git("clone", "-q", "--bare", str(repo.path), str(bare))
    git = Git(bare)
    assert git.bare
    assert not git.is_dirty()
    assert shown(scan(bare, sensor)) == shown(scan(repo.path, sensor))
    assert len(shown(scan(bare, sensor))) == 1


def test_a_bare_repository_inside_a_work_tree_is_a_folder_of_that_tree(repo: Repository) -> None:
    repo.git("init", "-q", "--bare", str(repo.path / "inner.git"))
    assert not Git(repo.path / "inner.git").bare
    assert Git(repo.path / "inner.git").toplevel == repo.path


def test_a_memory_that_the_repository_could_bring_along_is_not_used(
    repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(repo.path / "cache"))
    notes: list[str] = []
    open_memory(b"salt", repo.path, notes).close()
    assert len(notes) == 1
    assert not (repo.path / "cache").exists()
    notes.clear()
    open_memory(b"salt", repo.path / "elsewhere", notes).close()
    assert not notes
