"""The cache: it spares work, keys hold everything that can change an answer, and losing it costs only time."""

# ruff: noqa: ARG002 - the protocol's signatures

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import msgspec
import pytest

from scan.sensors import ExcuseSensor, FolderSensor, WordSensor
from secloop.rules.base import RuleSet
from secloop.scan.base import SensorInfo, Settings
from secloop.scan.cache import Cache, default_path, open_cache
from secloop.scan.engine import scan
from secloop.scan.sources import MemorySource

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from secloop.model.finding import Observation
    from secloop.scan.base import GroupUnit, Sensor, SourceFile
    from secloop.scan.collect import ScanResult

FILES = {"a.txt": b"word", "b.txt": b"no", "m/a.tf": b"word", "m/b.tf": b""}


def run(path: Path, sensors: Sequence[Sensor], files: Mapping[str, bytes] = FILES) -> ScanResult:
    with Cache(path) as cache:
        return scan(MemorySource(files), sensors, Settings(), RuleSet([]), cache=cache)


def without_stats(result: ScanResult) -> bytes:
    return msgspec.json.encode(msgspec.structs.replace(result, stats=msgspec.UNSET))


def test_a_second_scan_analyses_nothing_and_says_the_same(tmp_path: Path) -> None:
    sensors = [WordSensor(), FolderSensor()]
    first = run(tmp_path / "c", sensors)
    for sensor in sensors:
        sensor.seen.clear()
    second = run(tmp_path / "c", sensors)
    assert [sensor.seen for sensor in sensors] == [[], []]
    assert (second.stats.analysed, second.stats.cached) == (0, first.stats.analysed)
    assert without_stats(first) == without_stats(second)


def test_one_changed_file_costs_one_file(tmp_path: Path) -> None:
    sensor = WordSensor()
    run(tmp_path / "c", [sensor])
    sensor.seen.clear()
    result = run(tmp_path / "c", [sensor], {**FILES, "b.txt": b"word now"})
    assert sensor.seen == ["b.txt"]
    assert len(result.findings) == 3


def test_a_changed_member_costs_its_group(tmp_path: Path) -> None:
    sensor = FolderSensor()
    files = {"m/a.tf": b"word", "n/a.tf": b"word"}
    run(tmp_path / "c", [sensor], files)
    sensor.seen.clear()
    run(tmp_path / "c", [sensor], {**files, "m/a.tf": b"other"})
    run(tmp_path / "c", [sensor], {"n/renamed.tf": b"word"})
    assert sensor.seen == ["m", "n"]


@pytest.mark.parametrize("change", ["path", "digest", "version", "name", "tool"])
def test_everything_that_can_change_an_answer_is_in_the_key(
    tmp_path: Path, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path / "c", [WordSensor()], {"a.txt": b"word"})
    sensor, files = WordSensor(), {"a.txt": b"word"}
    match change:
        case "path":
            files = {"b.txt": b"word"}
        case "digest":
            sensor.digest = "other rules"
        case "tool":
            monkeypatch.setattr("secloop.scan.active.__version__", "99")
        case "version" | "name":
            changed = msgspec.structs.replace(sensor.info, **{change: "2"})
            assert isinstance(changed, SensorInfo)
            sensor.info = changed
    run(tmp_path / "c", [sensor], files)
    assert sensor.seen == list(files)


def test_failures_are_not_remembered(tmp_path: Path) -> None:
    class Fails(WordSensor):
        def scan(self, unit: SourceFile | GroupUnit) -> Iterable[Observation]:
            self.seen.append("tried")
            raise ValueError

    sensor = Fails()
    for _ in range(2):
        result = run(tmp_path / "c", [sensor], {"a": b"x"})
        assert len(result.gaps) == 1
    assert sensor.seen == ["tried", "tried"]


def test_what_a_sensor_says_of_coverage_is_remembered(tmp_path: Path) -> None:
    for _ in range(2):
        result = run(tmp_path / "c", [ExcuseSensor()], {"a": b"partial 0.5"})
        assert [gap.share for gap in result.gaps] == [0.5]


def test_no_content_of_a_file_is_kept(tmp_path: Path) -> None:
    marker = b"the content of the file"
    run(tmp_path / "c", [WordSensor()], {"a": marker + b" word"})
    assert all(marker not in path.read_bytes() for path in tmp_path.iterdir())


@pytest.mark.parametrize("damage", [b"nonsense" * 1000, b"", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_corrupt_cache_is_rebuilt(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "c"
    run(path, [WordSensor()])
    path.write_bytes(damage)
    assert len(run(path, [WordSensor()]).findings) == 2
    assert run(path, [WordSensor()]).stats.analysed == 0


def test_pages_damaged_behind_the_header_cost_only_time(tmp_path: Path) -> None:
    path = tmp_path / "c"
    files = {f"{n}": b"word" * n for n in range(300)}
    expected = without_stats(run(path, [WordSensor()], files))
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    data = bytearray(path.read_bytes())
    data[8192:] = b"\xa5" * (len(data) - 8192)
    path.write_bytes(data)
    assert without_stats(run(path, [WordSensor()], files)) == expected
    assert without_stats(run(path, [WordSensor()], files)) == expected


def test_a_value_that_cannot_be_read_is_analysed_again(tmp_path: Path) -> None:
    path = tmp_path / "c"
    run(path, [WordSensor()])
    with sqlite3.connect(path) as db:
        db.execute("UPDATE result SET value = x'c1'")
    db.close()
    assert len(run(path, [WordSensor()]).findings) == 2


def test_a_cache_of_another_format_is_started_anew(tmp_path: Path) -> None:
    path = tmp_path / "c"
    run(path, [WordSensor()])
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
        db.execute("ALTER TABLE result RENAME TO other")
    db.close()
    assert len(run(path, [WordSensor()]).findings) == 2


def test_a_folder_that_cannot_be_written_means_no_cache_and_a_note(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    notes: list[str] = []
    assert open_cache(tmp_path / "file" / "c", notes=notes) is None
    assert len(notes) == 1
    assert notes[0].startswith("no scan cache: ")


def test_a_database_that_turns_read_only_turns_the_cache_off_and_not_the_scan(tmp_path: Path) -> None:
    with Cache(tmp_path / "c") as cache:
        assert cache._db is not None
        cache._db.execute("PRAGMA query_only = 1")
        result = scan(MemorySource(FILES), [WordSensor()], Settings(), RuleSet([]), cache=cache)
        cache.close()
    assert len(result.findings) == 2
    assert "was turned off" in cache.note


def test_the_size_is_capped_and_what_was_used_last_stays(tmp_path: Path) -> None:
    path = tmp_path / "c"
    with Cache(path) as cache:
        cache._today -= 5
        for n in range(50):
            cache.put(b"old%d" % n, bytes(10_000))
    with Cache(path) as cache:
        assert len(cache.get_many([b"old0"])) == 1
    with Cache(path, max_bytes=300_000) as cache:
        for n in range(10):
            cache.put(b"new%d" % n, bytes(10_000))
    with Cache(path) as cache:
        kept = cache.get_many([b"old%d" % n for n in range(50)] + [b"new%d" % n for n in range(10)])
        assert b"old0" in kept
        assert b"old1" not in kept
        assert {b"new%d" % n for n in range(10)} <= set(kept)
        for n in range(100):
            cache.put(b"more%d" % n, bytes(10_000))
    with Cache(path, max_bytes=300_000) as cache:
        cache.put(b"last", b"x")
    with Cache(path) as cache:
        assert len(cache.get_many([b"more%d" % n for n in range(100)])) <= 30


def test_a_value_too_large_to_keep_is_not_kept(tmp_path: Path) -> None:
    with Cache(tmp_path / "c") as cache:
        cache.put(b"large", bytes(2 << 20))
        cache.put(b"small", b"x")
    with Cache(tmp_path / "c") as cache:
        assert cache.get_many([b"large", b"small"]) == {b"small": b"x"}


def test_many_keys_are_asked_for_at_once(tmp_path: Path) -> None:
    values = {b"key%d" % n: b"%d" % n for n in range(3000)}
    with Cache(tmp_path / "c") as cache:
        for key, value in values.items():
            cache.put(key, value)
    with Cache(tmp_path / "c") as cache:
        assert cache.get_many([*values, b"unknown"]) == values


def test_two_scans_share_a_cache(tmp_path: Path) -> None:
    path = tmp_path / "c"
    with Cache(path) as one, Cache(path) as two:
        one.put(b"a", b"1")
        two.put(b"b", b"2")
    with Cache(path) as cache:
        assert cache.get_many([b"a", b"b"]) == {b"a": b"1", b"b": b"2"}


def test_it_lives_where_xdg_says_and_never_below_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert default_path() == tmp_path / "xdg" / "secloop" / "scan.db"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert default_path() == tmp_path / "home" / ".cache" / "secloop" / "scan.db"
    with open_cache() or pytest.fail("no cache") as cache:
        assert cache.path.exists()


def test_a_cache_inside_the_scanned_tree_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "repo" / ".cache"))
    notes: list[str] = []
    assert open_cache(root=tmp_path / "repo", notes=notes) is None
    assert "lies inside the scanned tree" in notes[0]
    assert not (tmp_path / "repo").exists()
    other = open_cache(root=tmp_path / "other")
    assert other is not None
    other.close()
