"""Files that were not touched are not read again, and files that were are."""

# ruff: noqa: ARG002 - the protocol's signatures

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from scan.sensors import FolderSensor, WordSensor
from secloop.model.config import Config, ScanConfig
from secloop.rules.base import RuleSet
from secloop.scan.base import Settings
from secloop.scan.cache import Cache
from secloop.scan.engine import scan
from secloop.scan.sources import Commit, WorkTree

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Repository
    from secloop.scan.base import FileMeta, Sensor
    from secloop.scan.collect import ScanResult


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a tree whose files count as settled, although they have just been written."""
    monkeypatch.setattr("secloop.scan.sources.SETTLED_NS", -(10**12))
    root = tmp_path / "tree"
    root.mkdir()
    (root / "a.txt").write_bytes(b"word")
    (root / "b.txt").write_bytes(b"none")
    (root / "c.png").write_bytes(b"\x89PNG\0")
    return root


def run(root: Path, *sensors: Sensor, settings: Settings | None = None) -> ScanResult:
    with Cache(root.parent / "cache.db") as cache:
        return scan(WorkTree(root), sensors, settings or Settings(), RuleSet([]), cache=cache)


def forbid_opening(monkeypatch: pytest.MonkeyPatch, *allowed: str) -> None:
    opened = os.open

    def guarded(path: str | os.PathLike[str], flags: int) -> int:
        name = os.path.basename(path)  # noqa: PTH119 - as the code under test
        assert name in {*allowed, ".gitignore"}, f"{path} is opened"
        return opened(path, flags)

    monkeypatch.setattr("secloop.scan.sources.os.open", guarded)


def test_untouched_files_are_not_even_opened(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run(tree, WordSensor())
    forbid_opening(monkeypatch)
    second = run(tree, WordSensor())
    assert (second.findings, second.files, second.excluded) == (first.findings, first.files, first.excluded)
    assert second.stats.analysed == 0
    assert second.excluded == {"binary": 1}


def test_only_a_touched_file_is_opened(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(tree, WordSensor())
    (tree / "b.txt").write_bytes(b"word too")
    forbid_opening(monkeypatch, "b.txt")
    assert len(run(tree, WordSensor()).findings) == 2


def test_a_change_of_equal_size_with_its_time_put_back_is_seen(tree: Path) -> None:
    run(tree, WordSensor())
    before = os.stat(tree / "b.txt")  # noqa: PTH116 - nanoseconds
    changed = before
    while changed.st_ctime_ns == before.st_ctime_ns:
        (tree / "b.txt").write_bytes(b"word")
        os.utime(tree / "b.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
        changed = os.stat(tree / "b.txt")  # noqa: PTH116 - nanoseconds
    assert (changed.st_size, changed.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert len(run(tree, WordSensor()).findings) == 2


def test_a_file_just_written_is_not_trusted(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secloop.scan.sources.SETTLED_NS", 10**12)
    assert [entry.stamp for entry in WorkTree(tree)] == [b"", b"", b""]
    run(tree, WordSensor())
    forbid_opening(monkeypatch)
    with pytest.raises(AssertionError, match="is opened"):
        run(tree, WordSensor())


def test_another_sensor_is_asked_about_every_file(tree: Path) -> None:
    (tree / "m.tf").write_bytes(b"word")
    run(tree, WordSensor())
    other = FolderSensor()
    result = run(tree, WordSensor(), other)
    assert other.seen == ["."]
    assert len(result.findings) == 3


def test_a_smaller_size_limit_holds_for_known_files_too(tree: Path) -> None:
    (tree / "large").write_bytes(b"word\n" * 1000)
    assert run(tree, WordSensor()).gaps == ()
    small = Settings(config=Config(scan=ScanConfig(max_file_size="1KB")))
    assert [gap.file for gap in run(tree, WordSensor(), settings=small).gaps] == ["large"]
    assert [gap.file for gap in run(tree, WordSensor(), settings=small).gaps] == ["large"]


def test_a_sensor_that_failed_to_say_whether_it_wants_a_file_is_asked_again(tree: Path) -> None:
    class Unsure(WordSensor):
        def wants(self, file: FileMeta) -> bool:
            raise ValueError

    for _ in range(2):
        assert [gap.file for gap in run(tree, Unsure()).gaps] == ["a.txt", "b.txt", "c.png"]


def test_a_known_file_whose_answer_was_lost_is_analysed_again(tree: Path) -> None:
    run(tree, WordSensor())
    with Cache(tree.parent / "cache.db") as cache:
        assert cache._db is not None
        cache._db.execute("DELETE FROM result WHERE length(value) < 8")
    result = run(tree, WordSensor())
    assert len(result.findings) == 1
    assert result.stats.analysed > 0


def test_blobs_of_a_commit_are_known_by_their_id(repo: Repository, tmp_path: Path) -> None:
    repo.write("a.txt", "word\n")
    repo.commit()
    sensor = WordSensor()
    for expected in (["a.txt"], ["a.txt"]):
        with Cache(tmp_path / "cache.db") as cache:
            source = Commit(repo.path, "HEAD")
            result = scan(source, [sensor], Settings(), RuleSet([]), cache=cache)
            assert source._reader._process is None
        assert len(result.findings) == 1
        assert sensor.seen == expected
