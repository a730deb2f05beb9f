"""The work of a scan as values: jobs that cross into a worker and the answers that come back, both msgpack."""

from __future__ import annotations

from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from secloop.model.enums import FileClass
from secloop.model.finding import Observation
from secloop.scan.base import FileGroup, FileMeta, Flag, SourceFile
from secloop.scan.guard import Failure
from secloop.scan.sources import HEAD_BYTES
from secloop.scan.together import Selective

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from secloop.scan.base import Sensor
    from secloop.scan.guard import Guard

ALL = (1 << 32) - 1
"""What is noted for a job while all of a batch are looked at together."""

NOTHING = msgspec.msgpack.encode([])
"""The encoded answer of a sensor that saw nothing."""


class FileData(msgspec.Struct, frozen=True, array_like=True):
    """A file on its way to a worker."""

    path: str
    language: str
    flags: tuple[Flag, ...]
    data: bytes

    def source(self) -> SourceFile:
        """Return what sensors read."""
        head = self.data[:HEAD_BYTES]
        meta = FileMeta(
            path=self.path, size=len(self.data), language=self.language, flags=frozenset(self.flags), head=head
        )
        return SourceFile(meta, self.data)


class Job(msgspec.Struct, frozen=True, array_like=True):
    """One unit and the sensors (by number) that analyse it. `group` is None for a single file."""

    id: int
    files: tuple[FileData, ...]
    sensors: tuple[int, ...]
    group: FileGroup | None = None


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """What one sensor said of one unit: encoded observations, and how it failed if it did.

    Observations made before a failure are kept.
    """

    job: int
    sensor: int
    observations: bytes
    failure: Failure | None = None


class MemoryGroup:
    """A group of files in memory, with a folder of them on request; `close` removes the folder."""

    def __init__(self, group: FileGroup, files: Mapping[str, SourceFile]) -> None:
        """Hold `files` by path."""
        self.group = group
        self.files = files
        self._folder: Path | None = None

    def materialise(self) -> Path:
        """Return a temporary folder that holds the members at their paths. Raises: ValueError, OSError."""
        import tempfile

        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="secloop-"))
            for path, file in self.files.items():
                parts = PurePosixPath(path).parts
                if path.startswith("/") or ".." in parts or "\\" in path:
                    raise ValueError("a member's path leaves the group's folder")
                target = self._folder.joinpath(*parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(file.data)
        return self._folder

    def close(self) -> None:
        """Remove the folder."""
        if self._folder is not None:
            import shutil

            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


class Analyser:
    """Runs sensors on jobs. `seconds[i]` bounds one call of sensor i."""

    def __init__(self, sensors: Sequence[Sensor], seconds: Sequence[float]) -> None:
        """Take configured sensors."""
        self.sensors = tuple(sensors)
        self.seconds = tuple(seconds)

    def idle(
        self, jobs: Sequence[Job], units: Sequence[SourceFile | MemoryGroup], sensor: int, guard: Guard
    ) -> set[int]:
        """Return the numbers of the jobs of which a sensor that looks at many together has nothing to say."""
        one = self.sensors[sensor]
        if not isinstance(one, Selective):
            return set()
        files = {n: unit for n, unit in enumerate(units) if isinstance(unit, SourceFile) and sensor in jobs[n].sensors}
        found = guard.call(lambda: one.suspects(list(files.values())), self.seconds[sensor]) if files else ()
        return set() if isinstance(found, Failure) else {n for at, n in enumerate(files) if at not in found}

    def everything(
        self,
        jobs: Sequence[Job],
        units: Sequence[SourceFile | MemoryGroup],
        guard: Guard,
        note: Callable[[int, int], None],
        *,
        together: bool = True,
    ) -> Iterator[Answer]:
        """Run every call of some jobs, telling (job's place, sensor) to `note` before it.

        With `together` it is found out first what needs no call; then the place is `ALL`.
        """
        idle: dict[int, set[int]] = {}
        for sensor in sorted({sensor for job in jobs for sensor in job.sensors}) if together else ():
            note(ALL, sensor)
            idle[sensor] = self.idle(jobs, units, sensor, guard)
        for number, (job, unit) in enumerate(zip(jobs, units, strict=True)):
            for sensor in job.sensors:
                if number in idle.get(sensor, ()):
                    yield Answer(job.id, sensor, NOTHING)
                    continue
                note(number, sensor)
                yield self.analyse(job, sensor, unit, guard)
            if isinstance(unit, MemoryGroup):
                unit.close()

    def analyse(self, job: Job, sensor: int, unit: SourceFile | MemoryGroup, guard: Guard) -> Answer:
        """Return what one sensor says of the job's `unit`."""
        found: list[Observation] = []
        encoded = NOTHING

        def run() -> None:
            nonlocal encoded
            found.extend(self.sensors[sensor].scan(unit))

        failure = guard.call(run, self.seconds[sensor])
        if found:
            checked = guard.call(lambda: _encode(found), self.seconds[sensor])
            if isinstance(checked, Failure):
                failure = Failure(FileClass.FAILED, "returned something that is no observation")
            else:
                encoded = checked
        return Answer(job.id, sensor, encoded, failure)


def unit_of(job: Job) -> SourceFile | MemoryGroup:
    """Return what the job's sensors get."""
    if job.group is None:
        return job.files[0].source()
    return MemoryGroup(job.group, {file.path: file.source() for file in job.files})


def decode(observations: bytes) -> list[Observation]:
    """Return encoded observations. Raises: msgspec.MsgspecError (a ValueError) when they are none."""
    if observations == NOTHING:
        return []
    decoded: list[Observation] = _decoder().decode(observations)
    return decoded


def _encode(found: list[Observation]) -> bytes:
    """Encode what a sensor returned, and read it back: structs do not check their own fields."""
    encoded = msgspec.msgpack.encode(found)
    _decoder().decode(encoded)
    return encoded


@cache
def _decoder() -> msgspec.msgpack.Decoder[list[Observation]]:
    return msgspec.msgpack.Decoder(list[Observation])
