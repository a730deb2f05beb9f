"""Advisory sources on disk, good and hostile."""

from __future__ import annotations

import gzip
import json
import os
import zipfile
from typing import TYPE_CHECKING

import pytest

from secloop.model.errors import UsageError
from secloop.stages.build.advisories import archives
from secloop.stages.build.advisories.ranges import affects
from secloop.stages.build.advisories.sources import content_digest, fingerprint, read_source

if TYPE_CHECKING:
    from pathlib import Path


def record(own: str = "GHSA-a", package: str = "p", modified: str = "2024-01-01T00:00:00Z") -> str:
    events = [{"introduced": "0"}, {"fixed": "1.0.0"}]
    affected = [{"package": {"ecosystem": "npm", "name": package}, "ranges": [{"type": "SEMVER", "events": events}]}]
    return json.dumps({"id": own, "modified": modified, "affected": affected})


def zipped(path: Path, entries: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def test_a_folder_a_zip_and_a_file_hold_the_same(tmp_path: Path) -> None:
    (tmp_path / "osv/npm").mkdir(parents=True)
    (tmp_path / "osv/npm/a.json").write_text(record())
    (tmp_path / "osv/README.md").write_text("not an advisory")
    archive = zipped(tmp_path / "all.zip", {"a.json": record()})
    from_folder = read_source(tmp_path / "osv").advisories
    assert from_folder == read_source(archive).advisories == read_source(tmp_path / "osv/npm/a.json").advisories
    assert len(from_folder) == 1


def test_the_date_is_that_of_the_newest_record(tmp_path: Path) -> None:
    entries = {"a.json": record(), "b.json": record("GHSA-b", modified="2025-06-07T00:00:00Z")}
    assert read_source(zipped(tmp_path / "a.zip", entries)).date == "2025-06-07"


def test_one_broken_record_costs_itself_only(tmp_path: Path) -> None:
    read = read_source(zipped(tmp_path / "a.zip", {"a.json": "{", "b.json": record()}))
    assert len(read.advisories) == 1
    assert read.problems[0].startswith("a.json: not JSON")


def test_entries_that_climb_are_read_as_names_and_nothing_is_extracted(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", {"../../evil.json": record(), "/abs.json": record("GHSA-b")})
    before = sorted(tmp_path.rglob("*"))
    assert len(read_source(archive).advisories) == 2
    assert sorted(tmp_path.rglob("*")) == before
    assert not (tmp_path.parent / "evil.json").exists()


def test_a_zip_bomb_is_refused_in_one_line(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", {"bomb.json": "0" * (4 << 20)})
    with pytest.raises(UsageError, match=r"'bomb.json' unpacks beyond its bounds"):
        read_source(archive)


def test_a_zip_of_too_many_bytes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_TOTAL", 300)
    entries = {f"{n}.json": record(f"GHSA-{n}") for n in range(9)}
    with pytest.raises(UsageError, match="unpacks to more than 300 bytes"):
        read_source(zipped(tmp_path / "a.zip", entries))


def test_a_damaged_zip_is_one_line(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", {f"{n}.json": record(f"GHSA-{n}") for n in range(50)})
    data = bytearray(archive.read_bytes())
    data[40:200] = bytes(160)
    archive.write_bytes(data)
    with pytest.raises(UsageError, match="damaged zip"):
        read_source(archive)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text(record("GHSA-outside"))
    (tmp_path / "osv").mkdir()
    (tmp_path / "osv/a.json").write_text(record())
    (tmp_path / "osv/link.json").symlink_to(tmp_path / "secret.json")
    assert [a.id for a in read_source(tmp_path / "osv").advisories] == ["GHSA-a"]


@pytest.mark.parametrize("name", ["empty", "file.json"])
def test_a_source_without_advisories_is_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.json").write_text("{}")
    with pytest.raises(UsageError, match="holds no usable advisory"):
        read_source(tmp_path / name)


def test_a_missing_source_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        fingerprint([tmp_path / "no"])


def test_equal_content_has_an_equal_digest_wherever_it_lies(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.json").write_text(record())
    assert content_digest(tmp_path / "a") == content_digest(tmp_path / "b")
    (tmp_path / "b/x.json").write_text(record("GHSA-other"))
    assert content_digest(tmp_path / "a") != content_digest(tmp_path / "b")


def snapshot(folder: Path, **files: str | bytes) -> Path:
    folder.mkdir()
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / name.replace("__", ".")).write_bytes(gzip.compress(data) if isinstance(content, str) else data)
    return folder


PYPI = """{"id":"PYSEC-1","al":["CVE-2020-0001"],"pkg":"Some_Pkg","r":[["E",["i","0"],["f","1.2"]]],"date":"2020-01-02"}
{"id":"PYSEC-2","pkg":"b","v":["0.5"],"sev":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N","date":"0001-01-01"}
not json
{"id":"PYSEC-3","pkg":"c","r":[["E",["i","0"]]],"wd":true}
"""


def test_the_snapshot_is_read_with_its_exploitation(tmp_path: Path) -> None:
    folder = snapshot(
        tmp_path / "s",
        PyPI__jsonl__gz=PYPI,
        JavaScript__jsonl__gz='{"id":"R-1","pkg":"lodash","c":["<4.0.0"],"sev":"high"}\n{"id":"R-2","pkg":"ExtJS","c":["<4"]}\n',
        epss__csv__gz="2020-0001,0.5,0.9\nbroken\n2020-0002,nan,2\n",
        kev__json__gz='{"CVE-2020-0001":["2021-11-03","2021-12-01",true]}',
    )
    read = read_source(folder)
    assert [(a.ecosystem, a.package, a.withdrawn) for a in read.advisories] == [
        ("npm", "lodash", False),
        ("PyPI", "some-pkg", False),
        ("PyPI", "b", False),
        ("PyPI", "c", True),
    ]
    assert [a.date for a in read.advisories] == ["", "2020-01-02", "", ""]
    fact = read.exploitation["CVE-2020-0001"]
    assert (fact.epss, fact.percentile, fact.kev) == (0.5, 0.9, "2021-11-03")
    assert read.problems[0].startswith("PyPI.jsonl.gz:3:")


def test_a_gem_without_a_safe_version_is_affected_in_all(tmp_path: Path) -> None:
    gems = '{"id":"GHSA-1","pkg":"a"}\n{"id":"GHSA-2","pkg":"a","s":[">= 2.0"]}\n'
    folder = snapshot(tmp_path / "s", RubyGems__jsonl__gz=gems, PyPI__jsonl__gz='{"id":"PYSEC-1","pkg":"a"}\n')
    found = {a.id: [affects(a, version) for version in ("1.0", "2.0")] for a in read_source(folder).advisories}
    assert found == {"GHSA-1": [True, True], "GHSA-2": [True, False], "PYSEC-1": [False, False]}


def test_a_damaged_snapshot_file_is_one_line(tmp_path: Path) -> None:
    folder = snapshot(tmp_path / "s", PyPI__jsonl__gz=gzip.compress(PYPI.encode())[:-20])
    with pytest.raises(UsageError, match="cannot be read"):
        read_source(folder)


def test_the_real_snapshot_is_read_but_for_one_row(shared: Path) -> None:
    read = read_source(shared / "data/advisories")
    assert len(read.advisories) > 10_000
    assert len(read.problems) <= 1
    assert len({a.ecosystem for a in read.advisories}) == 13
    assert any(fact.kev for fact in read.exploitation.values())


@pytest.mark.parametrize("name", ["a.json", "osv/a.json", "snap/npm.jsonl.gz"])
@pytest.mark.parametrize("device", [False, True])
def test_a_pipe_or_device_is_no_source_and_is_not_read(tmp_path: Path, name: str, device: bool) -> None:
    place = tmp_path / name
    place.parent.mkdir(exist_ok=True)
    if device:
        place.symlink_to("/dev/zero")
    else:
        os.mkfifo(place)
    source = place if place.parent == tmp_path else place.parent
    with pytest.raises(UsageError, match=r"no file|no usable advisory"):
        read_source(source)
    assert content_digest(source) == content_digest(source)
