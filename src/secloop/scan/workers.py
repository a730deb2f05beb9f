"""Where analysis runs: in this process for little work, else in worker processes that are watched (ADR 0003).

Each worker has a pipe of its own and works on one batch at a time, so the parent knows what a dead or hanging worker
was doing: before every call the worker notes (batch, job, sensor) in shared memory. That pair is given up; the rest of
the batch goes to another worker. Answers are msgpack, so a worker cannot make the parent run anything.
"""

from __future__ import annotations

import os
import struct
import sys
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, Self

import msgspec

from secloop.model.enums import FileClass
from secloop.scan.guard import Failure, Guard
from secloop.scan.jobs import NOTHING, Analyser, Answer, Job, MemoryGroup, unit_of

if TYPE_CHECKING:
    import mmap
    from collections.abc import Iterable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess

    from secloop.rules.base import RuleSet
    from secloop.scan.base import Sensor, Settings

GRACE = 1.0
"""Seconds a worker gets beyond a sensor's own time, in which the alarm inside it acts first."""

RECYCLE = 300 << 20
"""Bytes of resident memory at which a worker is replaced after its batch."""

_TICK = 0.1
_SLOT = struct.Struct("<QII")
_ALL = (1 << 32) - 1
"""What a worker notes for a job while it looks at all of a batch together."""

_MAX_LOSSES = 2
"""Times a batch may take a worker down without a trace of where, before it is given up. The second time its files are
looked at one by one, so that there is a trace."""


def run_here(analyser: Analyser, batches: Iterable[Sequence[Job]]) -> Iterator[Answer]:
    """Yield the answers of all jobs, analysed in this process."""
    for batch in batches:
        with Guard() as guard:
            answers = _analyse(analyser, batch, guard)
        yield from answers


def can_run_here() -> bool:
    """Return whether a hang in Python code could be ended here: on POSIX, in the main thread."""
    return Guard().timed


class Recipe(NamedTuple):
    """What a worker needs to have the same sensors where memory is not inherited (spawn)."""

    types: tuple[type, ...]
    settings: Settings
    rules: RuleSet
    seconds: tuple[float, ...]

    def build(self) -> Analyser:
        """Make and configure the sensors. Raises: SecloopError."""
        sensors: list[Sensor] = [type_() for type_ in self.types]
        for sensor in sensors:
            sensor.configure(self.settings, self.rules)
        return Analyser(sensors, self.seconds)


class Pool:
    """Worker processes under supervision; a context manager. `memory` bounds what a worker may allocate, in bytes."""

    def __init__(self, analyser: Analyser, recipe: Recipe, jobs: int, memory: int, *, method: str = "") -> None:
        """Prepare `jobs` workers, started when there is work. `method` is fork or spawn, else chosen by platform."""
        import multiprocessing

        self._context: BaseContext = multiprocessing.get_context(method or _method())
        self._analyser = analyser
        self._recipe = None if self._context.get_start_method() == "fork" else recipe
        self._memory = memory
        self._slots, self._slots_file = _shared(_SLOT.size * jobs, inherited=self._recipe is None)
        self._workers: list[_Worker | None] = [None] * jobs
        self._sequence = 0

    def __enter__(self) -> Self:
        """Return self; all workers end with the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the workers."""
        for worker in self._workers:
            if worker is not None:
                worker.end()
        self._slots.close()
        if self._slots_file:
            os.unlink(self._slots_file)  # noqa: PTH108 - the module does without pathlib

    def run(self, batches: Iterable[Sequence[Job]]) -> Iterator[Answer]:
        """Yield an answer for every (job, sensor), in no fixed order. Batches are pulled as workers become free."""
        source = iter(batches)
        ready: deque[_Batch] = deque()
        more = True
        while True:
            while more and len(ready) < len(self._workers):
                batch = next(source, None)
                more = batch is not None
                if batch is not None:
                    ready.append(_Batch(tuple(batch)))
                self._assign(ready)
                if self._busy() == len(self._workers):
                    yield from self._collect(ready, 0)
            self._assign(ready)
            if not more and not ready and not self._busy():
                return
            yield from self._collect(ready, _TICK)

    def _busy(self) -> int:
        return sum(worker is not None and worker.batch is not None for worker in self._workers)

    def _assign(self, ready: deque[_Batch]) -> None:
        """Give waiting batches to free workers, starting workers where there is none."""
        for number, worker in enumerate(self._workers):
            if not ready:
                return
            if worker is None:
                worker = self._workers[number] = self._start(number)  # noqa: PLW2901 - the list is filled in place
            if worker.batch is None:
                self._sequence += 1
                _SLOT.pack_into(self._slots, number * _SLOT.size, 0, 0, 0)
                worker.give(ready.popleft(), self._sequence)

    def _start(self, number: int) -> _Worker:
        ours, theirs = self._context.Pipe()
        start: _Start
        if self._recipe is None:
            others = [worker.pipe for worker in self._workers if worker is not None]
            start = _Start(self._analyser, self._slots, number, self._memory, (*others, ours))
        else:
            start = _Start(self._recipe, self._slots_file, number, self._memory)
        process = self._context.Process(  # type: ignore[attr-defined] # typeshed leaves it out of the base class
            target=_serve, args=(theirs, start), daemon=True, name=f"secloop-worker-{number}"
        )
        process.start()
        theirs.close()
        return _Worker(process, ours)

    def _collect(self, ready: deque[_Batch], timeout: float) -> Iterator[Answer]:
        """Take what workers have to say, and notice who died or hangs."""
        from multiprocessing.connection import wait

        handles: dict[object, int] = {}
        for number, worker in enumerate(self._workers):
            if worker is not None and worker.batch is not None:
                handles |= {worker.pipe: number, worker.process.sentinel: number}
        if not handles:
            return
        for number in {handles[event] for event in wait(list(handles), timeout)}:  # type: ignore[arg-type] # as wait allows
            yield from self._receive(number, ready)
        for number in set(handles.values()):
            yield from self._check(number, ready)

    def _receive(self, number: int, ready: deque[_Batch]) -> Iterator[Answer]:
        worker = self._workers[number]
        if worker is None or worker.batch is None:
            return
        try:
            if not worker.pipe.poll() and worker.process.is_alive():
                return
            reply = msgspec.msgpack.decode(worker.pipe.recv_bytes(), type=_Reply)
        except (EOFError, OSError, msgspec.MsgspecError):
            yield from self._lost(number, ready, Failure(FileClass.FAILED, worker.death()))
            return
        worker.batch = None
        if reply.retire:
            worker.end()
            self._workers[number] = None
        yield from reply.answers

    def _check(self, number: int, ready: deque[_Batch]) -> Iterator[Answer]:
        """End a worker that has been in one call for longer than the sensor's time and some grace."""
        worker = self._workers[number]
        if worker is None or worker.batch is None:
            return
        mark = _SLOT.unpack_from(self._slots, number * _SLOT.size)
        now = time.monotonic()
        if mark != worker.mark:
            worker.mark, worker.since = mark, now
            return
        started = mark[0] == worker.sequence
        seconds = self._analyser.seconds[mark[2]] if started else max(self._analyser.seconds)
        if now - worker.since > seconds + GRACE:
            worker.process.kill()
            yield from self._lost(number, ready, Failure(FileClass.LIMITED, f"took over {seconds:g} s"))

    def _lost(self, number: int, ready: deque[_Batch], failure: Failure) -> Iterator[Answer]:
        """Give up the call that took a worker down, and put the rest of its batch back in line."""
        worker = self._workers[number]
        if worker is None or worker.batch is None:
            return
        batch, sequence = worker.batch, worker.sequence
        worker.end()
        self._workers[number] = None
        seen, at, sensor = _SLOT.unpack_from(self._slots, number * _SLOT.size)
        if seen == sequence and at < len(batch.jobs):
            yield Answer(batch.jobs[at].id, sensor, NOTHING, failure)
            rest = batch.without(at, sensor)
            if rest.jobs:
                ready.appendleft(rest)
        elif batch.losses + 1 < _MAX_LOSSES:
            ready.appendleft(_Batch(batch.jobs, batch.losses + 1))
        else:
            yield from (Answer(job.id, sensor, NOTHING, failure) for job in batch.jobs for sensor in job.sensors)


class _Start(NamedTuple):
    """What a worker starts with; under fork the objects themselves, under spawn what makes them again."""

    sensors: Analyser | Recipe
    slots: mmap.mmap | str
    number: int
    memory: int
    inherited: tuple[Connection, ...] = ()


class _Mark(NamedTuple):
    """Where a worker notes what it is doing."""

    slots: mmap.mmap
    offset: int
    sequence: int


class _Batch(NamedTuple):
    """Jobs that travel together."""

    jobs: tuple[Job, ...]
    losses: int = 0

    def without(self, at: int, sensor: int) -> _Batch:
        """Return the batch less one call."""
        job = self.jobs[at]
        left = tuple(other for other in job.sensors if other != sensor)
        kept = (msgspec.structs.replace(job, sensors=left),) if left else ()
        return _Batch(self.jobs[:at] + kept + self.jobs[at + 1 :], self.losses)


class _Reply(msgspec.Struct, frozen=True, array_like=True):
    """All answers of a batch; `retire` asks for a fresh worker."""

    answers: tuple[Answer, ...]
    retire: bool


class _Worker:
    """The parent's view of one worker: what it works on, and the last mark it was seen at and since when."""

    def __init__(self, process: BaseProcess, pipe: Connection) -> None:
        self.process = process
        self.pipe = pipe
        self.batch: _Batch | None = None
        self.sequence = 0
        self.mark: tuple[int, ...] = ()
        self.since = 0.0

    def give(self, batch: _Batch, sequence: int) -> None:
        """Send a batch; a worker that is already dead is noticed when its answer is waited for."""
        self.batch, self.sequence, self.mark, self.since = batch, sequence, (), time.monotonic()
        with suppress(OSError):
            self.pipe.send_bytes(msgspec.msgpack.encode((sequence, not batch.losses, batch.jobs)))

    def death(self) -> str:
        """Return how the process ended, in words."""
        self.process.join(1)
        code = self.process.exitcode
        if code is None:
            return "the worker stopped answering"
        return f"the worker died (signal {-code})" if code < 0 else f"the worker ended itself (exit code {code})"

    def end(self) -> None:
        """End the process and close the pipe."""
        self.pipe.close()
        self.process.kill()
        self.process.join()
        self.process.close()


def _method() -> str:
    """Fork where it is safe: on Linux, while no thread could hold a lock; elsewhere start afresh."""
    import threading

    return "fork" if sys.platform == "linux" and threading.active_count() == 1 else "spawn"


def _analyse(
    analyser: Analyser, batch: Sequence[Job], guard: Guard, mark: _Mark | None = None, *, together: bool = True
) -> tuple[Answer, ...]:
    """Run every call of a batch; a worker marks which one is running. `together`: find first what needs no call."""
    units = [unit_of(job) for job in batch]
    idle: dict[int, set[int]] = {}
    for sensor in sorted({sensor for job in batch for sensor in job.sensors}) if together else ():
        if mark is not None:
            _SLOT.pack_into(mark.slots, mark.offset, mark.sequence, _ALL, sensor)
        idle[sensor] = analyser.idle(batch, units, sensor, guard)
    answers: list[Answer] = []
    for number, (job, unit) in enumerate(zip(batch, units, strict=True)):
        for sensor in job.sensors:
            if number in idle.get(sensor, ()):
                answers.append(Answer(job.id, sensor, NOTHING))
                continue
            if mark is not None:
                _SLOT.pack_into(mark.slots, mark.offset, mark.sequence, number, sensor)
            answers.append(analyser.analyse(job, sensor, unit, guard))
        if isinstance(unit, MemoryGroup):
            unit.close()
    return tuple(answers)


def _serve(pipe: Connection, start: _Start) -> None:
    """Be a worker: answer batches until the parent closes the pipe."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends us; a traceback per worker would not help
    for other in start.inherited:
        other.close()
    _silence_stdout()
    slots = _open_shared(start.slots) if isinstance(start.slots, str) else start.slots
    analyser = start.sensors.build() if isinstance(start.sensors, Recipe) else start.sensors
    _limit_memory(start.memory)
    decoder = msgspec.msgpack.Decoder(tuple[int, bool, tuple[Job, ...]])
    with Guard() as guard:
        while True:
            try:
                sequence, together, batch = decoder.decode(pipe.recv_bytes())
                mark = _Mark(slots, start.number * _SLOT.size, sequence)
                answers = _analyse(analyser, batch, guard, mark, together=together)
                del batch
                pipe.send_bytes(msgspec.msgpack.encode(_Reply(answers, _statm(1) > RECYCLE)))
            except (EOFError, OSError):
                return


def _shared(size: int, *, inherited: bool) -> tuple[mmap.mmap, str]:
    """Return memory shared with workers, and the name of the file behind it where they do not inherit it."""
    import mmap

    if inherited:
        return mmap.mmap(-1, size), ""
    import tempfile

    fd, name = tempfile.mkstemp(prefix="secloop-")
    os.write(fd, bytes(size))
    os.close(fd)
    return _open_shared(name), name


def _open_shared(name: str) -> mmap.mmap:
    import mmap

    with open(name, "r+b") as file:  # noqa: PTH123 - the module does without pathlib
        return mmap.mmap(file.fileno(), 0)


def _silence_stdout() -> None:
    """Point stdout to nowhere: what a sensor prints must not end up inside a report."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - open until the process ends
    os.dup2(sys.stdout.fileno(), 1)


def _limit_memory(budget: int) -> None:
    """Bound what this process may allocate from now on (Linux counts private writable memory as data)."""
    if sys.platform == "linux":
        import resource

        limit = _statm(5) + budget
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_DATA, (limit if hard < 0 else min(limit, hard), hard))


def _statm(field: int) -> int:
    """Return a field of /proc/self/statm in bytes (proc(5): 1 resident, 5 data and stack); 0 where there is none."""
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - read after every batch
            return int(file.read().split()[field]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
