"""Files that are read where they are analysed: workers get names and answer with what is worth telling.

Most files of a tree hold nothing. Sending their bytes to a worker, and an answer of each sensor back, costs more than
looking at them.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import msgspec

from secloop.model.coverage import Gap
from secloop.model.enums import FileClass
from secloop.scan.base import FileMeta, SourceFile, Unit
from secloop.scan.cache import Lookup
from secloop.scan.guard import Failure
from secloop.scan.intake import Intake
from secloop.scan.jobs import NOTHING, Answer, Job, decode
from secloop.scan.memo import Memo, Seen
from secloop.scan.sources import WALK, Regular

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from secloop.scan.active import Active
    from secloop.scan.guard import Guard
    from secloop.scan.intake import Taken
    from secloop.scan.jobs import Analyser
    from secloop.scan.sources import FileEntry, Place

Note: TypeAlias = "Callable[[int, int], None]"
"""Takes (file or job, sensor) before each call, so that it is known what a worker died of."""

BATCH_FILES = 64
BATCH_BYTES = 1 << 20
"""A batch is as many files, or those of which the first so many bytes are the content."""

_AT_FILE = 1 << 31
"""What is noted while a file is read, plus its number: it is not analysed yet."""


class Looked(msgspec.Struct, frozen=True, array_like=True):
    """What became of the files of a batch, which are named by their numbers in it.

    `nothing` are files of which a sensor said nothing; `answers` have a file's number as their job, and say something.
    `known` are files (with the digest of their content) that the cache answered whole; `keep` is what it should learn.
    `members` belong to a group sensor: (file, sensor, what is known of it, digest).
    """

    excluded: dict[str, int]
    gaps: tuple[Gap, ...]
    failures: tuple[tuple[int, int, Failure], ...]
    nothing: tuple[int, ...]
    answers: tuple[Answer, ...]
    members: tuple[tuple[int, int, FileMeta, bytes], ...]
    known: tuple[tuple[int, bytes], ...]
    keep: tuple[tuple[bytes, bytes], ...]
    stale: tuple[bytes, ...]
    analysed: int
    cached: int


class Reading(NamedTuple):
    """What a reader is made of. `active` is empty where a worker makes its own sensors; without `results`, no look-up.

    `remembers` says that there is a cache to be filled.
    """

    active: tuple[Active, ...]
    root: str
    settled: int
    results: str
    remembers: bool

    def reader(self, active: Sequence[Active], analyser: Analyser) -> Reader:
        """Return a reader that asks `active` and `analyser`, which are of the same sensors."""
        tree = Regular(self.root, self.settled, Counter(), [])
        return Reader(active, analyser, tree, Lookup(self.results), remembers=self.remembers)


class _Held(NamedTuple):
    """A file between its reading and its analysis."""

    number: int
    path: str
    taken: Taken
    sensors: tuple[int, ...]


class _Draft:
    """A `Looked` in the making."""

    def __init__(self) -> None:
        self.excluded: Counter[str] = Counter()
        self.gaps: list[Gap] = []
        self.failures: list[tuple[int, int, Failure]] = []
        self.nothing: dict[int, None] = {}
        self.answers: list[Answer] = []
        self.members: list[tuple[int, int, FileMeta, bytes]] = []
        self.known: list[tuple[int, bytes]] = []
        self.keep: list[tuple[bytes, bytes]] = []
        self.analysed = self.cached = 0


class Reader:
    """Reads files by their names and has them analysed; one per process."""

    def __init__(
        self, active: Sequence[Active], analyser: Analyser, tree: Regular, results: Lookup, *, remembers: bool
    ) -> None:
        """Look at files of `tree`; what `results` know is not analysed."""
        self._active = active
        self._analyser = analyser
        self._tree = tree
        self._results = results
        self._remembers = remembers
        self._memo = Memo(None, [one.salt + one.max_bytes.to_bytes(8, "big") for one in active])
        self._groups = frozenset(n for n, one in enumerate(active) if one.sensor.info.unit is Unit.GROUP)
        self._auxiliary = frozenset(n for n, one in enumerate(active) if one.auxiliary)

    def look(
        self, files: Sequence[tuple[str, bytes]], guard: Guard, note: Note = lambda _file, _sensor: None
    ) -> Looked:
        """Read and analyse files, given as (path, path as the system has it), a part of them at a time."""
        out, intake = _Draft(), Intake(self._active, guard)
        window: list[_Held] = []
        waiting = 0
        for number, (path, raw) in enumerate(files):
            note(_AT_FILE + number, 0)
            held = self._read(number, path, raw, intake, out)
            if held is not None:
                window.append(held)
                waiting += len(held.taken.data)
            if waiting >= BATCH_BYTES:
                self._analyse(window, guard, note, out)
                window, waiting = [], 0
        self._analyse(window, guard, note, out)
        return self._done(out)

    def _done(self, out: _Draft) -> Looked:
        excluded, gaps = dict(out.excluded + self._tree.excluded), (*out.gaps, *self._tree.gaps)
        self._tree.excluded.clear()
        self._tree.gaps.clear()
        return Looked(
            excluded=excluded,
            gaps=gaps,
            failures=tuple(out.failures),
            nothing=tuple(out.nothing),
            answers=tuple(out.answers),
            members=tuple(out.members),
            known=tuple(out.known),
            keep=tuple(out.keep),
            stale=tuple(self._results.take_stale()),
            analysed=out.analysed,
            cached=out.cached,
        )

    def _read(self, number: int, path: str, raw: bytes, intake: Intake, out: _Draft) -> _Held | None:
        """Take a file in; what cannot be read is a gap."""
        try:
            entry = self._tree.entry(path, os.fsdecode(raw))
            if entry is None:
                return None
            with entry:
                taken = intake.take(entry)
        except OSError as error:
            out.gaps.append(unreadable(path, error))
            return None
        out.failures += [(number, sensor, failure) for sensor, failure in taken.failures]
        if taken.excluded:
            out.excluded[taken.excluded] += 1
            if taken.sure:
                self._remember(entry, Seen(b"", (), taken.excluded), out)
            return None
        sensors = taken.sensors
        if not self._groups.isdisjoint(sensors):
            out.members += [(number, n, taken.meta, taken.content) for n in sensors if n in self._groups]
            sensors = tuple(n for n in sensors if n not in self._groups)
        if taken.sure and len(sensors) == len(taken.sensors):
            self._remember(entry, Seen(taken.content, sensors), out)
        return _Held(number, path, taken, sensors) if sensors else None

    def _remember(self, entry: FileEntry, seen: Seen, out: _Draft) -> None:
        if self._remembers and (row := self._memo.row(entry, seen)):
            out.keep.append(row)

    def _analyse(self, window: Sequence[_Held], guard: Guard, note: Note, out: _Draft) -> None:
        """Answer from the cache what it knows, and analyse the rest."""
        keys = self._keys(window)
        found = self._results.get_many(list(keys.values())) if keys else {}
        jobs: list[Job] = []
        held: list[_Held] = []
        for one in window:
            missed = tuple(n for n in one.sensors if not found or not self._recall(one.number, n, keys, found, out))
            if missed:
                jobs.append(Job(one.number, (), missed))
                held.append(one)
            else:
                out.known.append((one.number, one.taken.content))
        units = [SourceFile(one.taken.meta, one.taken.data) for one in held]

        def noted(at: int, sensor: int) -> None:
            note(jobs[at].id if at < len(jobs) else at, sensor)

        for answer in self._analyser.everything(jobs, units, guard, noted):
            out.analysed += 1
            self._take(answer, out)
            if keys and answer.failure is None:
                out.keep.append((keys[answer.job, answer.sensor], answer.observations))

    def _take(self, answer: Answer, out: _Draft) -> None:
        if answer.failure is not None or answer.observations != NOTHING:
            out.answers.append(answer)
        elif answer.sensor not in self._auxiliary:
            out.nothing[answer.job] = None

    def _keys(self, window: Sequence[_Held]) -> dict[tuple[int, int], bytes]:
        if not self._remembers:
            return {}
        active = self._active
        return {(one.number, n): active[n].key(one.taken.content, one.path) for one in window for n in one.sensors}

    def _recall(
        self, number: int, sensor: int, keys: dict[tuple[int, int], bytes], found: dict[bytes, bytes], out: _Draft
    ) -> bool:
        """Take a cached answer; return False where there is none that can be read."""
        value = found.get(keys[number, sensor])
        if value is None:
            return False
        try:
            decode(value)
        except msgspec.MsgspecError:
            return False
        out.cached += 1
        self._take(Answer(number, sensor, value), out)
        return True


def named(places: Sequence[Place]) -> tuple[tuple[str, bytes], ...]:
    """Return places as a reader takes them."""
    return tuple((place.path, os.fsencode(place.raw)) for place in places)


def unreadable(path: str, error: OSError) -> Gap:
    """Return the gap of a file that cannot be read."""
    reason = f"cannot be read: {error.strerror or error}"
    return Gap(file=path, sensor=WALK, outcome=FileClass.FAILED, reason=reason)
