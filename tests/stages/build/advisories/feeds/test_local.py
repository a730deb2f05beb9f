"""What an import finds in files, folders and zips, good and hostile."""

from __future__ import annotations

import json
import os
import zipfile
from typing import TYPE_CHECKING

import pytest

from secloop.model.errors import UsageError
from secloop.stages.build.advisories import archives
from secloop.stages.build.advisories.feeds.folder import FeedFolder, digest_of
from secloop.stages.build.advisories.feeds.local import export, find
from stages.build.advisories.test_facts import CYCLES_V0, EPSS, HIGH, KEV, metric, nvd
from stages.build.advisories.test_sources import PYPI, record, snapshot, zipped

if TYPE_CHECKING:
    from pathlib import Path

NOW = "2026-11-02T00:00:00Z"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Return an empty folder to work in."""
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Return a folder with one feed of each kind, and OSV records below."""
    folder = tmp_path / "mixed"
    (folder / "npm").mkdir(parents=True)
    (folder / "records/2024").mkdir(parents=True)
    zipped(folder / "npm/all.zip", {"a.json": record()})
    (folder / "records/2024/b.json").write_text(record("GHSA-b", "q"))
    (folder / "epss.csv").write_bytes(EPSS)
    (folder / "kev.json").write_text(json.dumps(KEV))
    (folder / "nvdcve-2.0-2024.json").write_text(json.dumps(nvd(cvssMetricV31=[metric(HIGH)])))
    (folder / "nodejs.json").write_text(json.dumps(CYCLES_V0))
    return folder


NAMES = ["endoflife:nodejs", "epss", "kev", "nvd:2024", "osv:mixed", "osv:npm"]


def test_a_folder_gives_each_feed_of_its_own(mixed: Path, work: Path) -> None:
    assert sorted(one.name for one in find(mixed, work)) == NAMES


def test_a_zip_of_that_folder_gives_the_same(mixed: Path, work: Path, tmp_path: Path) -> None:
    archive = tmp_path / "mixed.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in mixed.rglob("*"):
            file.write(path, path.relative_to(mixed))
    assert sorted(one.name for one in find(archive, work)) == NAMES


def test_a_checkout_is_one_feed_whose_bytes_follow_from_its_records(tmp_path: Path, work: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name / "db/.git").mkdir(parents=True)
        (tmp_path / name / "db/.git/x.json").write_text("no record")
        (tmp_path / name / "db/r.json").write_text(record())
        (work / name).mkdir()
    os.utime(tmp_path / "b/db/r.json", (1, 1))
    (a,), (b,) = (find(tmp_path / name / "db", work / name) for name in ("a", "b"))
    assert a.name == "osv:db"
    assert digest_of(a.path) == digest_of(b.path)
    with zipfile.ZipFile(a.path) as archive:
        assert archive.namelist() == ["r.json"]


def test_a_snapshot_is_one_feed(tmp_path: Path, work: Path) -> None:
    folder = snapshot(tmp_path / "s", PyPI__jsonl__gz=PYPI)
    (folder / "SOURCES.json").write_text("{}")
    assert [one.name for one in find(folder, work)] == ["snapshot"]


def test_what_was_exported_is_imported_with_its_names_dates_and_digests(
    mixed: Path, work: Path, tmp_path: Path
) -> None:
    first, second = FeedFolder(tmp_path / "first"), FeedFolder(tmp_path / "second")
    first.install(find(mixed, work), NOW)
    first.install(find(snapshot(tmp_path / "s", PyPI__jsonl__gz=PYPI), work), NOW)
    first.touch(["kev"], "2026-11-09T00:00:00Z")
    assert export(first, tmp_path / "all.zip") == 7
    second.install(find(tmp_path / "all.zip", work), "2026-11-10T00:00:00Z")
    a, b = first.manifest, second.manifest
    assert a is not None
    assert b is not None
    assert [(f.name, f.sha256, f.date, f.count) for f in a.feeds] == [
        (f.name, f.sha256, f.date, f.count) for f in b.feeds
    ]
    assert {f.name: f.date for f in b.feeds}["kev"] == "2026-11-09"


def test_an_export_that_was_changed_is_refused(mixed: Path, work: Path, tmp_path: Path) -> None:
    folder = FeedFolder(tmp_path / "first")
    folder.install(find(mixed, work), NOW)
    export(folder, tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as old, zipfile.ZipFile(tmp_path / "bad.zip", "w") as new:
        for entry in old.infolist():
            data = old.read(entry)
            new.writestr(entry, EPSS.replace(b"0.5", b"0.1") if entry.filename.endswith(".csv") else data)
    with pytest.raises(UsageError, match="Feed epss has the SHA-256"):
        FeedFolder(tmp_path / "second").install(find(tmp_path / "bad.zip", work), NOW)


@pytest.mark.parametrize("name", ["../x.csv", "/abs.csv", "a/../../x.csv"])
def test_a_zip_that_climbs_is_refused_and_writes_nothing_outside(tmp_path: Path, work: Path, name: str) -> None:
    archive = zipped(tmp_path / "x.zip", {name: EPSS.decode()})
    before = sorted(path for path in tmp_path.rglob("*") if work not in path.parents)
    with pytest.raises(UsageError, match="holds a file outside"):
        find(archive, work)
    assert sorted(path for path in tmp_path.rglob("*") if work not in path.parents) == before


def test_a_zip_bomb_is_refused(tmp_path: Path, work: Path) -> None:
    archive = zipped(tmp_path / "x.zip", {"epss.csv": "0" * (8 << 20)})
    with pytest.raises(UsageError, match=r"'epss.csv' unpacks beyond its bounds"):
        find(archive, work)


def test_a_zip_beyond_the_total_is_refused(tmp_path: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_TOTAL", 100)
    with pytest.raises(UsageError, match="beyond its bounds"):
        find(zipped(tmp_path / "x.zip", {"epss.csv": EPSS.decode()}), work)


def test_a_name_is_for_one_feed_and_a_digest_for_one_file(mixed: Path, work: Path) -> None:
    with pytest.raises(UsageError, match="one name is not enough"):
        find(mixed, work, name="x")
    with pytest.raises(UsageError, match="is for one file"):
        find(mixed, work, expected="0" * 64)
    (one,) = find(mixed / "epss.csv", work, name="epss:old", expected="0" * 64)
    assert (one.name, one.expected) == ("epss:old", "0" * 64)


def test_nothing_to_import_is_one_line(tmp_path: Path, work: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="holds no feed"):
        find(tmp_path / "empty", work)
    with pytest.raises(UsageError, match="does not exist"):
        find(tmp_path / "no", work)
