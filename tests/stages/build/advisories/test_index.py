"""The index on disk: built once, opened again, rebuilt when damaged or outdated."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from secloop.model.errors import UsageError
from secloop.stages.build.advisories import index as module
from secloop.stages.build.advisories.index import SqliteIndex, default_folder, open_index
from secloop.stages.build.advisories.memory import MemoryIndex
from secloop.stages.build.advisories.sources import read_source
from stages.build.advisories.test_sources import PYPI, record, snapshot


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    """Return a folder with one OSV record."""
    folder = tmp_path / "feed"
    folder.mkdir()
    (folder / "a.json").write_text(record())
    return folder


def files(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir())


def test_an_index_is_built_once_and_then_only_opened(
    feed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    first = open_index([feed], cache)
    monkeypatch.setattr(
        "secloop.stages.build.advisories.sources.read_source", lambda path: pytest.fail(f"read {path} again")
    )
    second = open_index([feed], cache)
    assert isinstance(second, SqliteIndex)
    assert second.groups("npm", "p") == first.groups("npm", "p")
    assert second.feeds() == first.feeds()
    assert second.feeds()[0].date == "2024-01-01"


def test_the_disk_and_the_memory_index_answer_alike(tmp_path: Path) -> None:
    folder = snapshot(tmp_path / "s", PyPI__jsonl__gz=PYPI, kev__json__gz='{"CVE-2020-0001":["2021-11-03"]}')
    read = read_source(folder)
    on_disk, in_memory = open_index([folder], tmp_path / "c"), MemoryIndex(read.advisories, read.exploitation)
    for package in ("some-pkg", "b", "c", "unknown"):
        assert on_disk.groups("PyPI", package) == in_memory.groups("PyPI", package)
    assert on_disk.ecosystems() == in_memory.ecosystems() == {"PyPI"}
    assert on_disk.groups("PyPI", "some-pkg")[0].exploitation.kev == "2021-11-03"


def test_a_changed_source_is_read_again_and_the_old_index_forgotten(feed: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    open_index([feed], cache)
    old = files(cache)
    (feed / "b.json").write_text(record("GHSA-b", "q"))
    assert open_index([feed], cache).groups("npm", "q")
    assert len(files(cache)) == 1
    assert files(cache) != old


def test_two_sources_have_an_index_of_their_own(feed: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(record("GHSA-b", "q"))
    cache = tmp_path / "cache"
    open_index([feed], cache)
    both = open_index([feed, other], cache)
    assert both.groups("npm", "p")
    assert both.groups("npm", "q")
    assert len(both.feeds()) == 2
    assert len(files(cache)) == 2


@pytest.mark.parametrize("damage", [b"", b"not a database", b"SQLite format 3\0" + bytes(4096)])
def test_a_damaged_index_is_rebuilt(feed: Path, tmp_path: Path, damage: bytes) -> None:
    cache = tmp_path / "cache"
    open_index([feed], cache)
    (file,) = cache.iterdir()
    file.write_bytes(damage)
    again = open_index([feed], cache)
    assert isinstance(again, SqliteIndex)
    assert again.groups("npm", "p")


def test_a_build_that_dies_leaves_the_old_index_and_no_rest(
    feed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    open_index([feed], cache)
    old = files(cache)
    (feed / "b.json").write_text(record("GHSA-b", "q"))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", die)
    with pytest.raises(KeyboardInterrupt):
        open_index([feed], cache)
    assert files(cache) == old
    assert SqliteIndex(cache / old[0]).groups("npm", "p")


def test_without_a_place_to_write_the_index_is_in_memory_and_says_so(feed: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    found = open_index([feed], tmp_path / "file" / "cache")
    assert isinstance(found, MemoryIndex)
    assert found.groups("npm", "p")
    assert "cannot be written" in found.feeds()[0].note


def test_a_cache_that_the_scanned_tree_holds_is_not_trusted(feed: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    found = open_index([feed], tree / "cache", root=tree)
    assert isinstance(found, MemoryIndex)
    assert found.groups("npm", "p")
    assert "inside the scanned tree" in found.feeds()[0].note
    assert not (tree / "cache").exists()
    assert isinstance(open_index([feed], tmp_path / "treetop", root=tree), SqliteIndex)


def test_a_full_disk_is_no_failure(feed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(module, "write_index", full)
    assert open_index([feed], tmp_path / "cache").groups("npm", "p")


def test_the_cache_lies_where_xdg_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "x"))
    assert default_folder() == tmp_path / "x/secloop/advisories"
    monkeypatch.setenv("XDG_CACHE_HOME", "x")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_folder() == tmp_path / ".cache/secloop/advisories"


def test_odd_characters_in_the_cache_path_are_no_uri_syntax(feed: Path, tmp_path: Path) -> None:
    cache = tmp_path / "a?b#c%20d"
    open_index([feed], cache)
    assert isinstance(open_index([feed], cache), SqliteIndex)
    assert files(tmp_path / "a?b#c%20d")


def test_a_source_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        open_index([tmp_path / "no"], tmp_path / "cache")
