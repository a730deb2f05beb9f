"""The feeds folder: whole states only, whatever happens in the middle."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from secloop.model.errors import UsageError
from secloop.stages.build.advisories import sources
from secloop.stages.build.advisories.feeds import folder as module
from secloop.stages.build.advisories.feeds.base import MANIFEST, default_folder, is_feeds_folder, is_inside
from secloop.stages.build.advisories.feeds.folder import FeedFolder, Fresh, digest_of, open_sources
from secloop.stages.build.advisories.index import SqliteIndex
from stages.build.advisories.test_facts import EPSS
from stages.build.advisories.test_sources import record, zipped

THEN, LATER = "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"
SRC = Path(module.__file__).parents[5]


def osv(path: Path, *own: str, package: str = "p") -> Fresh:
    archive = zipped(path, {f"{one}.json": record(one, package) for one in own})
    return Fresh(name="osv:npm", source=str(path), path=archive)


def ids(folder: FeedFolder, package: str = "p") -> list[str]:
    return [one.id for group in folder.open_index().groups("npm", package) for one in group.advisories]


@pytest.fixture
def feeds(tmp_path: Path) -> FeedFolder:
    """Return a folder that holds one advisory."""
    folder = FeedFolder(tmp_path / "feeds")
    folder.install([osv(tmp_path / "one.zip", "GHSA-a")], THEN)
    return folder


def test_what_is_installed_answers_with_its_digest_and_dates(feeds: FeedFolder, tmp_path: Path) -> None:
    assert ids(feeds) == ["GHSA-a"]
    manifest = feeds.manifest
    assert manifest is not None
    (stored,) = manifest.feeds
    assert (stored.name, stored.kind, stored.count, stored.date) == ("osv:npm", "osv", 1, "2024-01-01")
    assert stored.sha256 == digest_of(tmp_path / "one.zip") == digest_of(feeds.path / stored.file)
    (shown,) = feeds.open_index().feeds()
    assert (shown.name, shown.date, shown.digest) == ("osv", "2024-01-01", f"sha256:{stored.sha256}")


def test_a_feed_replaces_the_one_of_its_name_and_leaves_the_others(feeds: FeedFolder, tmp_path: Path) -> None:
    (tmp_path / "epss.csv").write_bytes(EPSS)
    feeds.install([Fresh(name="epss", source="x", path=tmp_path / "epss.csv")], THEN)
    feeds.install([osv(tmp_path / "two.zip", "GHSA-a", "GHSA-b")], LATER)
    assert ids(feeds) == ["GHSA-a", "GHSA-b"]
    assert [(feed.name, feed.date) for feed in feeds.open_index().feeds()] == [
        ("epss", "2026-11-02"),
        ("osv", "2024-01-01"),
    ]
    assert len(list(feeds.path.glob("index-*.db"))) == 1
    assert len(list((feeds.path / "files").iterdir())) == 2


def test_a_feed_with_another_digest_than_expected_changes_nothing(feeds: FeedFolder, tmp_path: Path) -> None:
    before = (feeds.path / MANIFEST).read_bytes()
    wrong = osv(tmp_path / "two.zip", "GHSA-evil")
    wrong = Fresh(name=wrong.name, source=wrong.source, path=wrong.path, expected="0" * 64)
    with pytest.raises(UsageError, match="not the expected 000"):
        feeds.install([wrong], LATER)
    assert (feeds.path / MANIFEST).read_bytes() == before
    assert ids(feeds) == ["GHSA-a"]


def test_a_feed_that_cannot_be_read_changes_nothing(feeds: FeedFolder, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(UsageError, match="no usable advisory"):
        feeds.install([Fresh(name="osv:npm", source="x", path=tmp_path / "bad.json")], LATER)
    assert ids(feeds) == ["GHSA-a"]


CHILD = """
import signal, sys
from pathlib import Path
from secloop.stages.build.advisories.feeds import base, folder
from secloop.stages.build.advisories import index

def stop(*_args, **_named):
    print("here", flush=True)
    signal.pause()

point, feeds, archive = sys.argv[1:]
if point == "while a file is copied":
    def half(source, target):
        Path(target).write_bytes(Path(source).read_bytes()[:40])
        stop()
    folder.shutil.copyfile = half
elif point == "while the index is written":
    index.by_package = stop
elif point == "after the index, before the manifest":
    folder.write_manifest = stop
elif point == "while the manifest is written":
    base.os.fsync = stop
elif point == "before old files are removed":
    folder.FeedFolder._forget = stop
one = folder.Fresh(name="osv:npm", source="x", path=Path(archive))
folder.FeedFolder(Path(feeds)).install([one], "2026-11-02T00:00:00Z")
print("done", flush=True)
"""


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        ("while a file is copied", ["GHSA-a"]),
        ("while the index is written", ["GHSA-a"]),
        ("after the index, before the manifest", ["GHSA-a"]),
        ("while the manifest is written", ["GHSA-a"]),
        ("before old files are removed", ["GHSA-b"]),
    ],
)
@pytest.mark.skipif(not hasattr(signal, "pause"), reason="needs POSIX signals")
def test_a_process_killed_in_the_middle_leaves_a_whole_state(
    feeds: FeedFolder, tmp_path: Path, point: str, expected: list[str]
) -> None:
    archive = osv(tmp_path / "two.zip", "GHSA-b").path
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, point, str(feeds.path), str(archive)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(SRC)},
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == b"here\n"
        assert ids(feeds) == expected  # while the other process is at it
    finally:
        child.kill()
        child.communicate()
    assert child.returncode == -signal.SIGKILL
    assert isinstance(feeds.open_index(), SqliteIndex)
    assert ids(feeds) == expected
    feeds.install([osv(tmp_path / "three.zip", "GHSA-c")], LATER)  # and nothing stands in the way of the next
    assert ids(feeds) == ["GHSA-c"]


def test_two_writers_at_once_are_told_apart(feeds: FeedFolder, tmp_path: Path) -> None:
    with feeds.locked(), pytest.raises(UsageError, match="Another secloop is writing"):
        FeedFolder(feeds.path).install([osv(tmp_path / "two.zip", "GHSA-b")], LATER)
    assert ids(feeds) == ["GHSA-a"]


@pytest.mark.parametrize("damage", [b"", b"not a database", b"SQLite format 3\0" + bytes(4096)])
def test_a_damaged_index_is_built_anew(feeds: FeedFolder, damage: bytes) -> None:
    (index,) = feeds.path.glob("index-*.db")
    index.write_bytes(damage)
    assert ids(feeds) == ["GHSA-a"]
    assert isinstance(feeds.open_index(), SqliteIndex)


def test_an_index_of_another_version_is_built_anew(feeds: FeedFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FORMAT", "other")
    assert ids(feeds) == ["GHSA-a"]
    assert [path.name.split("-")[1] for path in feeds.path.glob("index-*.db")] == ["other"]


def test_a_folder_that_cannot_be_written_still_answers(feeds: FeedFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(module, "FORMAT", "other")
    monkeypatch.setattr(module, "write_index", full)
    assert ids(feeds) == ["GHSA-a"]


def test_what_was_found_current_is_younger_and_not_read_again(
    feeds: FeedFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "read_source", lambda path: pytest.fail(f"read {path} again"))
    feeds.touch(["osv:npm"], LATER)
    assert feeds.open_index().feeds()[0].date == "2026-11-02"
    assert ids(feeds) == ["GHSA-a"]


def test_changed_bytes_are_told(feeds: FeedFolder) -> None:
    assert feeds.damaged() == []
    manifest = feeds.manifest
    assert manifest is not None
    with (feeds.path / manifest.feeds[0].file).open("ab") as file:
        file.write(b"x")
    assert feeds.damaged() == ["osv:npm"]


def test_removed_feeds_no_longer_answer(feeds: FeedFolder) -> None:
    feeds.remove(["osv:npm"], LATER)
    assert ids(feeds) == []
    assert list((feeds.path / "files").iterdir()) == []


@pytest.mark.parametrize("text", ["{", '{"schema":"secloop.feeds/1"}', '{"schema":"secloop.feeds/9","index":"x"}', ""])
def test_a_damaged_manifest_is_one_line(feeds: FeedFolder, text: str) -> None:
    (feeds.path / MANIFEST).write_text(text)
    with pytest.raises(UsageError, match="are damaged"):
        feeds.open_index()


def test_a_manifest_that_names_files_outside_is_refused(feeds: FeedFolder) -> None:
    manifest = json.loads((feeds.path / MANIFEST).read_text())
    manifest["index"] = "../elsewhere.db"
    (feeds.path / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(UsageError, match="name a file outside"):
        feeds.open_index()


def test_an_empty_folder_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Run secloop feeds pull"):
        FeedFolder(tmp_path).open_index()
    assert not is_feeds_folder(tmp_path)


def test_an_index_inside_the_scanned_tree_is_not_trusted(feeds: FeedFolder, tmp_path: Path) -> None:
    (index,) = feeds.path.glob("index-*.db")
    with sqlite3.connect(index) as db:
        db.execute("DELETE FROM package")
    assert open_sources([feeds.path]).groups("npm", "p") == ()
    assert open_sources([feeds.path], root=tmp_path).groups("npm", "p")


def test_a_feeds_folder_is_a_source_beside_others(feeds: FeedFolder, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(record("GHSA-q", "q"))
    index = open_sources([feeds.path, other])
    assert index.groups("npm", "p")
    assert index.groups("npm", "q")


def test_the_folder_lies_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "x"))
    assert default_folder() == tmp_path / "x/secloop/feeds"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_folder() == tmp_path / ".local/share/secloop/feeds"
    monkeypatch.setenv("SECLOOP_FEEDS", str(tmp_path / "own"))
    assert default_folder() == tmp_path / "own"


@pytest.mark.parametrize("name", ["", "..", "a/../b", "/a", "a//b", "C:x", "a\\..\\b", "./a"])
def test_names_that_leave_the_folder_are_told(name: str) -> None:
    assert not is_inside(name)
