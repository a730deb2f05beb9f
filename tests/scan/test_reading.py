"""Files that workers read themselves: the same comes out as when they are read here, whatever happens to a worker."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest

from scan.sensors import CountSensor, FolderSensor, PackageSensor, WordSensor
from scan.test_workers import HASTY, NO_RULES
from secloop.model.enums import FileClass
from secloop.model.places import place_file
from secloop.scan.base import Settings
from secloop.scan.cache import Cache
from secloop.scan.engine import scan
from secloop.scan.registry import load_sensors
from secloop.scan.sources import MemorySource, WorkTree

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from scan.conftest import Install
    from secloop.model.finding import Observation
    from secloop.scan.base import GroupUnit, Sensor, SourceFile
    from secloop.scan.collect import ScanResult

FILES = 200
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")


@pytest.fixture
def files() -> dict[str, bytes]:
    """Give more than a megabyte in many files, of all kinds."""
    made: dict[str, bytes] = {}
    for n in range(FILES):
        folder = f"d{n % 7}"
        made[f"{folder}/f{n}.txt"] = b"a line\n" * 1000 + b"word # nosec\n" * (n % 5 == 0)
        made[f"{folder}/m{n}.tf"] = b"word" * (n % 3)
        made[f"{folder}/{n}.lock"] = f"p{n}\n".encode()
        made[f"{folder}/{n}.bin"] = bytes(n)
    return made


def write(root: Path, files: dict[str, bytes]) -> Path:
    """Write a tree that a scan has to read with workers."""
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return root


def stripped(result: ScanResult) -> bytes:
    return msgspec.json.encode(msgspec.structs.replace(result, stats=type(result.stats)()))


@pytest.mark.parametrize("jobs", [1, 2, 7])
def test_what_is_read_in_workers_gives_what_is_read_here(files: dict[str, bytes], jobs: int, tmp_path: Path) -> None:
    def sensors() -> list[Sensor]:
        return [WordSensor(), FolderSensor(), PackageSensor(), CountSensor()]

    here = scan(MemorySource(files), sensors(), Settings(), NO_RULES)
    there = scan(WorkTree(write(tmp_path / "t", files)), sensors(), Settings(), NO_RULES, jobs=jobs)
    assert stripped(there) == stripped(here)
    assert there.stats == here.stats


def test_a_file_with_other_times_is_answered_by_its_content(files: dict[str, bytes], tmp_path: Path) -> None:
    root = write(tmp_path / "t", files)

    def run() -> ScanResult:
        with Cache(tmp_path / "c.db") as cache:
            return scan(WorkTree(root), [WordSensor()], Settings(), NO_RULES, jobs=2, cache=cache)

    first = run()
    for path in files:
        os.utime(root / path, ns=(10**18, 10**18))
    again = run()
    assert stripped(again) == stripped(first)
    assert (again.stats.analysed, again.stats.cached) == (0, first.stats.analysed)


def test_what_changed_is_analysed_and_the_rest_is_known(files: dict[str, bytes], tmp_path: Path) -> None:
    root = write(tmp_path / "t", files)
    for n in range(2):
        (root / "d0/f0.txt").write_bytes(b"word\n" * (n + 1))
        with Cache(tmp_path / "c.db") as cache:
            result = scan(WorkTree(root), [WordSensor(), CountSensor()], Settings(), NO_RULES, jobs=2, cache=cache)
    (concluded,) = [one.rule for one in result.findings if one.rule.startswith("known:")]
    assert result.stats.analysed == 2  # the file, by the sensor and for ignore comments
    assert "d0/f0.txt" not in concluded
    assert "d1/f1.txt" in concluded


@pytest.mark.parametrize(
    ("deed", "outcome", "reason"),
    [
        ("raise", FileClass.FAILED, "ValueError at rogue_sensors.py:"),
        ("hang_native", FileClass.LIMITED, "took over 0.3 s"),
        ("exit", FileClass.FAILED, "the worker ended itself (exit code 7)"),
        ("kill", FileClass.FAILED, f"the worker died (signal {int(signal.SIGKILL)})"),
    ],
)
def test_a_deed_costs_one_file_that_a_worker_has_read(
    deed: str, outcome: FileClass, reason: str, install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("rogue", "rogue = rogue_sensors:RogueSensor")
    monkeypatch.setattr("secloop.scan.workers.GRACE", 0.2)
    rogue = next(sensor for sensor in load_sensors() if sensor.info.name == "rogue")
    tree = {f"{n:03}.txt": b"FORBIDDEN\n" + b"x\n" * 10_000 for n in range(FILES)}
    tree["100.txt"] += b"rogue:" + deed.encode()
    result = scan(WorkTree(write(tmp_path / "t", tree)), [rogue, WordSensor()], HASTY, NO_RULES, jobs=2)
    (gap,) = result.gaps
    assert (gap.file, gap.sensor, gap.outcome) == ("100.txt", "rogue", outcome)
    assert gap.reason.startswith(reason)
    assert {*tree} - {"100.txt"} <= {place_file(finding.place) for finding in result.findings}
    assert result.files.scanned == FILES - 1


class Wary(WordSensor):
    """Looks at files together first, and dies of one of them."""

    def suspects(self, files: Sequence[SourceFile]) -> set[int]:
        """Die of the word."""
        if any(b"poison" in file.data for file in files):
            os.abort()
        return {n for n, file in enumerate(files) if b"word" in file.data}


class Deadly(Wary):
    """Dies of it one by one too."""

    def scan(self, unit: SourceFile | GroupUnit) -> Iterable[Observation]:
        if unit.path == "100.txt":  # type: ignore[union-attr]
            os.abort()
        return super().scan(unit)


@pytest.mark.parametrize("sensor", [Wary, Deadly])
def test_a_worker_that_dies_of_many_files_is_found_out_one_by_one(sensor: type[Wary], tmp_path: Path) -> None:
    tree = {f"{n:03}.txt": b"word\n" + b"x\n" * 10_000 for n in range(FILES)}
    tree["100.txt"] += b"poison"
    result = scan(WorkTree(write(tmp_path / "t", tree)), [sensor()], Settings(), NO_RULES, jobs=2)
    lost = [("100.txt", FileClass.FAILED)] if sensor is Deadly else []
    assert [(gap.file, gap.outcome) for gap in result.gaps] == lost
    assert len(result.findings) == FILES - len(lost)
