"""Workers: whatever a sensor does, it costs one file, the run says so, and everything else is seen."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scan.sensors import WordSensor
from secloop.model.config import Config, ScanConfig
from secloop.model.enums import FileClass
from secloop.model.places import place_file
from secloop.rules.base import RuleSet
from secloop.scan.base import Settings
from secloop.scan.guard import Failure, Guard
from secloop.scan.jobs import Analyser, Answer, FileData, Job, decode
from secloop.scan.registry import load_sensors
from secloop.scan.testing import observe
from secloop.scan.workers import Pool, Recipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from scan.conftest import Install
    from secloop.model.finding import Observation
    from secloop.scan.base import GroupUnit, Sensor, SourceFile
    from secloop.scan.collect import ScanResult

HASTY = Settings(config=Config(scan=ScanConfig(file_timeout="300ms")))
NO_RULES = RuleSet([])
linux = pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded on Linux only")


@pytest.fixture
def rogue(install: Install, monkeypatch: pytest.MonkeyPatch) -> Sensor:
    """Give a third party's sensor that misbehaves where a file says so."""
    install("rogue", "rogue = rogue_sensors:RogueSensor")
    monkeypatch.setattr("secloop.scan.workers.GRACE", 0.2)
    return next(sensor for sensor in load_sensors() if sensor.info.name == "rogue")


def scan_with(sensor: Sensor, deed: str, *, files: int = 20, jobs: int = 2) -> ScanResult:
    """Scan files that all hold a find, one of which also names a deed."""
    tree = {f"{n:03}.txt": b"FORBIDDEN\n" for n in range(files)}
    tree[f"{files // 2:03}.txt"] = b"FORBIDDEN\nrogue:" + deed.encode()
    return observe([sensor, WordSensor()], tree, settings=HASTY, jobs=jobs)


@pytest.mark.parametrize(
    ("deed", "outcome", "reason"),
    [
        ("raise", FileClass.FAILED, "ValueError at rogue_sensors.py:"),
        ("sysexit", FileClass.FAILED, "tried to end the program"),
        ("lie", FileClass.FAILED, "returned something that is no observation"),
        ("recurse", FileClass.LIMITED, "nested too deeply"),
        ("hang", FileClass.LIMITED, "took over 0.3 s"),
        ("hang_native", FileClass.LIMITED, "took over 0.3 s"),
        ("exit", FileClass.FAILED, "the worker ended itself (exit code 7)"),
        ("kill", FileClass.FAILED, f"the worker died (signal {int(signal.SIGKILL)})"),
        pytest.param("eat", FileClass.LIMITED, "needed more memory than its budget", marks=linux),
    ],
)
def test_a_deed_costs_one_file_of_one_sensor(rogue: Sensor, deed: str, outcome: FileClass, reason: str) -> None:
    result = scan_with(rogue, deed)
    (gap,) = result.gaps
    assert (gap.file, gap.sensor, gap.outcome) == ("010.txt", "rogue", outcome)
    assert gap.reason.startswith(reason)
    assert "hunter2" not in gap.reason
    others = {f"{n:03}.txt" for n in range(20)} - {"010.txt"}
    assert others <= {place_file(finding.place) for finding in result.findings}
    assert result.files.scanned == 19


def test_many_deaths_cost_as_many_files(rogue: Sensor) -> None:
    tree = {f"{n:03}.txt": b"FORBIDDEN\n" + b"rogue:exit" * (n % 10 == 0) for n in range(60)}
    result = observe([rogue], tree, jobs=3)
    assert [gap.file for gap in result.gaps] == [f"{n:03}.txt" for n in range(0, 60, 10)]
    assert len(result.findings) == 54


def test_what_a_worker_prints_does_not_reach_our_output(rogue: Sensor, capfd: pytest.CaptureFixture[str]) -> None:
    result = scan_with(rogue, "print")
    assert result.gaps == ()
    assert capfd.readouterr().out == ""


class Here(WordSensor):
    """Misbehaves in the process of the scan itself."""

    deed = ""

    def scan(self, unit: SourceFile | GroupUnit) -> Iterable[Observation]:
        del unit
        while self.deed == "hang":
            with suppress(Exception):
                self.seen.clear()
        raise SystemExit(1)


@pytest.mark.parametrize(("deed", "outcome"), [("hang", FileClass.LIMITED), ("exit", FileClass.FAILED)])
def test_a_small_scan_in_process_is_bounded_too(deed: str, outcome: FileClass) -> None:
    sensor = Here()
    sensor.deed = deed
    before = signal.getsignal(signal.SIGALRM)
    result = observe([sensor], {"a": b"x"}, settings=HASTY)
    assert [gap.outcome for gap in result.gaps] == [outcome]
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_a_scan_in_another_thread_uses_workers_since_it_has_no_alarm() -> None:
    results: list[ScanResult] = []
    thread = threading.Thread(target=lambda: results.append(observe([WordSensor()], {"a": b"word"}, settings=HASTY)))
    thread.start()
    thread.join()
    assert len(results[0].findings) == 1


def jobs(count: int, size: int = 10) -> Iterator[list[Job]]:
    for n in range(count):
        yield [Job(2 * n + k, (FileData(f"{n}-{k}", "", (), b"word" + b"x" * size),), (0,)) for k in (0, 1)]


def answers(pool: Pool, batches: Iterable[list[Job]]) -> list[Answer]:
    with pool:
        found = [answer for answer in pool.run(batches) if isinstance(answer, Answer)]
    return sorted(found, key=lambda answer: answer.job)


def pool(count: int, method: str = "", memory: int = 400 << 20) -> Pool:
    sensor = WordSensor()
    sensor.configure(Settings(), NO_RULES)
    recipe = Recipe((WordSensor,), Settings(), NO_RULES, (10.0,))
    return Pool(Analyser([sensor], [10.0]), recipe, count, memory, method=method)


@pytest.mark.parametrize("count", [1, 2, 7])
def test_every_job_is_answered_once(count: int) -> None:
    found = answers(pool(count), jobs(30))
    assert [answer.job for answer in found] == list(range(60))
    assert all(len(decode(answer.observations)) == 1 and answer.failure is None for answer in found)


class WarySensor(WordSensor):
    """Looks at files together first; what it sees there is in `alarm`."""

    alarm = staticmethod(lambda: None)

    def suspects(self, files: Sequence[SourceFile]) -> set[int]:
        if any(b"1-1" in file.path.encode() for file in files):
            self.alarm()
        return {n for n, file in enumerate(files) if file.path.endswith("-1")}


def wary(alarm: Callable[[], None]) -> Pool:
    sensor = WarySensor()
    sensor.alarm = alarm
    recipe = Recipe((WarySensor,), Settings(), NO_RULES, (10.0,))
    return Pool(Analyser([sensor], [10.0]), recipe, 2, 400 << 20)


def test_only_suspects_are_scanned_and_all_jobs_are_answered() -> None:
    found = answers(wary(lambda: None), jobs(10))
    assert [answer.job for answer in found] == list(range(20))
    assert [len(decode(answer.observations)) for answer in found] == [0, 1] * 10


def fail() -> None:
    raise ValueError


@pytest.mark.parametrize("alarm", [fail, os.abort], ids=["raises", "dies"])
def test_where_the_look_at_all_fails_every_file_is_scanned(alarm: Callable[[], None]) -> None:
    found = answers(wary(alarm), jobs(10))
    assert [answer.job for answer in found] == list(range(20))
    assert all(answer.failure is None for answer in found)
    assert [len(decode(answer.observations)) for answer in found] == [0, 1, 1, 1] + [0, 1] * 8


def test_batches_are_pulled_only_as_workers_take_them() -> None:
    """What is in memory stays bounded: with two workers at most two batches wait and two are worked on."""
    pulled = answered = 0

    def counted() -> Iterator[list[Job]]:
        nonlocal pulled
        for batch in jobs(40, size=10_000):
            pulled += 1
            assert pulled - answered / 2 <= 5
            yield batch

    with pool(2) as two:
        for _ in two.run(counted()):
            answered += 1
    assert answered == 80


def test_no_work_starts_no_worker() -> None:
    empty = pool(2)
    assert answers(empty, []) == []
    assert empty._workers == [None, None]


def test_a_worker_that_grew_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secloop.scan.workers.RECYCLE", 0)
    assert len(answers(pool(2), jobs(10))) == 20


@pytest.mark.skipif(sys.platform == "win32", reason="needs a process group")
def test_workers_started_afresh_make_their_own_sensors(tmp_path: Path) -> None:
    """Where fork is unsafe a worker imports and configures the sensors itself."""
    script = tmp_path / "spawned.py"
    script.write_text(
        textwrap.dedent("""
        from scan.test_workers import answers, jobs, pool
        if __name__ == "__main__":
            found = answers(pool(2, "spawn"), jobs(5))
            print(len(found), sum(answer.failure is None for answer in found))
        """)
    )
    tests = Path(__file__).parents[1]
    env = {**os.environ, "PYTHONPATH": f"{tests}:{tests.parent / 'src'}"}
    done = subprocess.run(
        [sys.executable, str(script)], env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout.split(), done.returncode) == (["10", "10"], 0), done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
def test_workers_end_with_their_parent(tmp_path: Path) -> None:
    """A killed scan leaves no process behind: its workers see the end of their pipes."""
    script = tmp_path / "orphans.py"
    script.write_text(
        textwrap.dedent("""
        import os, sys
        from scan.test_workers import jobs, pool
        workers = pool(3)
        for n, _ in enumerate(workers.run(jobs(12))):
            if n == 12:
                print(*(worker.process.pid for worker in workers._workers if worker), flush=True)
                os._exit(9)
        """)
    )
    tests = Path(__file__).parents[1]
    env = {**os.environ, "PYTHONPATH": f"{tests}:{tests.parent / 'src'}"}
    with subprocess.Popen([sys.executable, str(script)], env=env, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        # The pipe ends only when no process holds it any more; a worker gives its copy up at once, so ask the system.
        pids = [int(pid) for pid in parent.stdout.read().split()]
    assert parent.returncode == 9
    assert len(pids) == 3
    for pid in pids:
        _wait_for_end(pid)


def _wait_for_end(pid: int) -> None:
    """Return once a process that is not our child is gone; a zombie that nobody reaps is gone too."""
    status = Path(f"/proc/{pid}/stat")
    while status.exists():
        with suppress(OSError):
            if status.read_text().rpartition(")")[2].split()[0] in "ZX":
                return


def test_a_guard_returns_what_the_call_returns() -> None:
    with Guard() as guard:
        assert guard.call(lambda: 42, 1) == 42
        assert isinstance(guard.call(lambda: 1 / 0, 1), Failure)
        with pytest.raises(KeyboardInterrupt):
            guard.call(_interrupt, 1)


def _interrupt() -> None:
    raise KeyboardInterrupt
