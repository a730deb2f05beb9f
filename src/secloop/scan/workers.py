"""Where analysis runs: in this process for little work, else in worker processes that are watched (ADR 0003).

Each worker has a pipe of its own and works on one batch at a time, so the parent knows what a dead or hanging worker
was doing: before every call the worker notes (batch, job, sensor) in shared memory. That pair is given up; the rest of
the batch goes to another worker. Answers are msgpack, so a worker cannot make the parent run anything.

A batch is jobs, with the bytes of their files, or places of files that the worker reads itself (reading.py). A file
with which a worker died before it was analysed is read by the parent, and becomes a job.
"""

from __future__ import annotations

import os
import struct
import sys
import time
from collections import deque
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self

import msgspec

from secloop.model.enums import FileClass
from secloop.scan.active import Active
from secloop.scan.comments import IgnoreComments
from secloop.scan.guard import Failure, Guard
from secloop.scan.jobs import NOTHING, Analyser, Answer, Job, unit_of
from secloop.scan.plan import Places
from secloop.scan.reading import Looked, Reading, named

if TYPE_CHECKING:
    import mmap
    from collections.abc import Iterable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess

    from secloop.rules.base import RuleSet
    from secloop.scan.base import Settings
    from secloop.scan.reading import Note, Reader
    from secloop.scan.sources import Place

GRACE = 1.0
"""Seconds a worker gets beyond a sensor's own time, in which the alarm inside it acts first."""

RECYCLE = 300 << 20
"""Bytes of resident memory at which a worker is replaced after its batch."""

_TICK = 0.1
_SLOT = struct.Struct("<QII")
_MAX_LOSSES = 2
"""Times a batch may take a worker down without a trace of where, before it is given up. The second time its files are
looked at one by one, so that there is a trace."""


def run_here(analyser: Analyser, batches: Iterable[Sequence[Job]]) -> Iterator[Answer]:
    """Yield the answers of all jobs, analysed in this process."""
    for batch in batches:
        with Guard() as guard:
            answers = _analyse(analyser, batch, guard, lambda _job, _sensor: None)
        yield from answers


def look_here(analyser: Analyser, unread: Unread, places: Sequence[Place]) -> Iterator[Sight]:
    """Yield what becomes of files that are read and analysed in this process."""
    reading = unread.reading()
    if reading is not None:
        with Guard() as guard:
            looked = reading.reader(reading.active, analyser).look(named(places), guard)
        yield Sight(tuple(places), looked)


def can_run_here() -> bool:
    """Return whether a hang in Python code could be ended here: on POSIX, in the main thread."""
    return Guard().timed


class Sight(NamedTuple):
    """Files that were read where they were analysed, and what became of them."""

    places: tuple[Place, ...]
    looked: Looked


class Unread(Protocol):
    """Who hands out places: says how to read them, and reads one that no worker could."""

    def reading(self) -> Reading | None:
        """Return what a reader of places needs; None before there was one."""
        ...

    def read_here(self, place: Place) -> list[Job]:
        """Return the jobs of a file, read here."""
        ...


class Recipe(NamedTuple):
    """What a worker needs to have the same sensors where memory is not inherited (spawn)."""

    types: tuple[type, ...]
    settings: Settings
    rules: RuleSet
    seconds: tuple[float, ...]

    def build(self) -> tuple[Active, ...]:
        """Make and configure the sensors. Raises: SecloopError."""
        active = []
        for type_ in self.types:
            sensor = type_()
            digest = sensor.configure(self.settings, self.rules)
            auxiliary = issubclass(type_, IgnoreComments)
            active.append(Active.of(sensor, digest, self.settings.config.scan, auxiliary=auxiliary))
        return tuple(active)


class Pool:
    """Worker processes under supervision; a context manager. `memory` bounds what a worker may allocate, in bytes."""

    def __init__(
        self,
        analyser: Analyser,
        recipe: Recipe,
        jobs: int,
        memory: int,
        *,
        unread: Unread | None = None,
        method: str = "",
    ) -> None:
        """Prepare `jobs` workers, started when there is work. `method` is fork or spawn, else chosen by platform.

        `unread` is needed for batches of places.
        """
        import multiprocessing

        self._context: BaseContext = multiprocessing.get_context(method or _method())
        self._analyser = analyser
        self._unread = unread
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

    def run(self, batches: Iterable[Sequence[Job] | Places]) -> Iterator[Answer | Sight]:
        """Yield an answer for every (job, sensor) and a sight for every place, in no fixed order.

        Batches are pulled as workers become free.
        """
        source = iter(batches)
        ready: deque[_Batch] = deque()
        more = True
        while True:
            while more and len(ready) < len(self._workers):
                batch = next(source, None)
                more = batch is not None
                if batch is not None:
                    ready.append(_Batch.of(batch))
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
        reading = self._unread.reading() if self._unread else None
        if self._recipe is None:
            others = [worker.pipe for worker in self._workers if worker is not None]
            start = _Start(self._analyser, self._slots, number, self._memory, reading, (*others, ours))
        else:
            reading = reading._replace(active=()) if reading else None
            start = _Start(self._recipe, self._slots_file, number, self._memory, reading)
        process = self._context.Process(  # type: ignore[attr-defined] # typeshed leaves it out of the base class
            target=_serve, args=(theirs, start), daemon=True, name=f"secloop-worker-{number}"
        )
        process.start()
        theirs.close()
        return _Worker(process, ours)

    def _collect(self, ready: deque[_Batch], timeout: float) -> Iterator[Answer | Sight]:
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

    def _receive(self, number: int, ready: deque[_Batch]) -> Iterator[Answer | Sight]:
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
        places, worker.batch = worker.batch.places, None
        if reply.retire:
            worker.end()
            self._workers[number] = None
        yield from reply.answers
        if reply.looked is not None:
            yield Sight(places, reply.looked)

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
        if batch.places:
            yield from self._lost_place(batch, at if seen == sequence else len(batch.places), sensor, failure, ready)
        elif seen == sequence and at < len(batch.jobs):
            yield Answer(batch.jobs[at].id, sensor, NOTHING, failure)
            rest = batch.without(at, sensor)
            if rest.jobs:
                ready.appendleft(rest)
        elif batch.losses + 1 < _MAX_LOSSES:
            ready.appendleft(_Batch(batch.jobs, batch.losses + 1))
        else:
            yield from (Answer(job.id, sensor, NOTHING, failure) for job in batch.jobs for sensor in job.sensors)

    def _lost_place(
        self, batch: _Batch, at: int, sensor: int, failure: Failure, ready: deque[_Batch]
    ) -> Iterator[Answer]:
        """Give up the call on a file, where it is known, and go on with the others; else find out which file it is."""
        if self._unread is None:
            raise RuntimeError("places need somebody who reads them")
        if at >= len(batch.places) > 1:
            ready.extendleft(_Batch((), places=(place,)) for place in reversed(batch.places))
            return
        known = at < len(batch.places)
        at = min(at, len(batch.places) - 1)
        rest = batch.places[:at] + batch.places[at + 1 :]
        if rest:
            ready.appendleft(_Batch((), places=rest))
        for job in self._unread.read_here(batch.places[at]):
            again = _Batch((job,), losses=1)
            if known and sensor in job.sensors:
                yield Answer(job.id, sensor, NOTHING, failure)
                again = again.without(0, sensor)
            if again.jobs:
                ready.appendleft(again)


class _Start(NamedTuple):
    """What a worker starts with; under fork the objects themselves, under spawn what makes them again."""

    sensors: Analyser | Recipe
    slots: mmap.mmap | str
    number: int
    memory: int
    reading: Reading | None = None
    inherited: tuple[Connection, ...] = ()

    def make(self) -> tuple[Analyser, Reader | None]:
        """Return what analyses, and what reads places where there are some. Raises: SecloopError."""
        active = self.reading.active if self.reading else ()
        if isinstance(self.sensors, Recipe):
            active = self.sensors.build()
            analyser = Analyser([one.sensor for one in active], self.sensors.seconds)
        else:
            analyser = self.sensors
        return analyser, self.reading.reader(active, analyser) if self.reading else None


class _Batch(NamedTuple):
    """Jobs, or places, that travel together."""

    jobs: tuple[Job, ...]
    losses: int = 0
    places: tuple[Place, ...] = ()

    @classmethod
    def of(cls, batch: Sequence[Job] | Places) -> Self:
        """Return what has not been lost yet."""
        return cls((), places=batch.files) if isinstance(batch, Places) else cls(tuple(batch))

    def without(self, at: int, sensor: int) -> _Batch:
        """Return the batch less one call."""
        job = self.jobs[at]
        left = tuple(other for other in job.sensors if other != sensor)
        kept = (msgspec.structs.replace(job, sensors=left),) if left else ()
        return _Batch(self.jobs[:at] + kept + self.jobs[at + 1 :], self.losses)


class _Order(msgspec.Struct, frozen=True, array_like=True):
    """A batch on its way to a worker; `together` lets it find out first what needs no call."""

    sequence: int
    together: bool
    jobs: tuple[Job, ...]
    places: tuple[tuple[str, bytes], ...]


class _Reply(msgspec.Struct, frozen=True, array_like=True):
    """All that is to be said of a batch; `retire` asks for a fresh worker."""

    answers: tuple[Answer, ...]
    looked: Looked | None
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
            order = _Order(sequence, not batch.losses, batch.jobs, named(batch.places))
            self.pipe.send_bytes(msgspec.msgpack.encode(order))

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
    analyser: Analyser, batch: Sequence[Job], guard: Guard, note: Note, *, together: bool = True
) -> tuple[Answer, ...]:
    units = [unit_of(job) for job in batch]
    return tuple(analyser.everything(batch, units, guard, note, together=together))


def _serve(pipe: Connection, start: _Start) -> None:
    """Be a worker: answer batches until the parent closes the pipe."""
    import gc
    import signal

    gc.freeze()  # what is inherited stays shared with the parent, and is not looked through again
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends us; a traceback per worker would not help
    for other in start.inherited:
        other.close()
    _silence_stdout()
    slots = _open_shared(start.slots) if isinstance(start.slots, str) else start.slots
    analyser, reader = start.make()
    _limit_memory(start.memory)
    decoder = msgspec.msgpack.Decoder(_Order)
    with Guard() as guard:
        while True:
            try:
                order = decoder.decode(pipe.recv_bytes())
                note = partial(_SLOT.pack_into, slots, start.number * _SLOT.size, order.sequence)
                answers = _analyse(analyser, order.jobs, guard, note, together=order.together)
                looked = reader.look(order.places, guard, note) if reader and order.places else None
                del order
                pipe.send_bytes(msgspec.msgpack.encode(_Reply(answers, looked, _statm(1) > RECYCLE)))
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
