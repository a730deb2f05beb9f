"""What there is to do: walks a source, asks who wants which file, and turns what the cache does not know into jobs."""

from __future__ import annotations

from functools import partial
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from secloop.model.coverage import Gap
from secloop.model.enums import FileClass
from secloop.scan.base import Unit
from secloop.scan.classify import classify
from secloop.scan.guard import Failure
from secloop.scan.intake import Intake, human
from secloop.scan.jobs import FileData, Job, decode
from secloop.scan.memo import Memo, Seen
from secloop.scan.reading import BATCH_BYTES, BATCH_FILES, Reading, unreadable
from secloop.scan.sources import Place, unread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from secloop.scan.active import Active
    from secloop.scan.base import FileGroup, FileMeta
    from secloop.scan.cache import Cache
    from secloop.scan.collect import Collector
    from secloop.scan.guard import Guard
    from secloop.scan.reading import Looked
    from secloop.scan.sources import Entry, Regular, Source

_MAX_GROUP = 64 << 20
"""Bytes of a group's members together."""

_GROUP_SECONDS = 30.0


class Target(NamedTuple):
    """A unit without its bytes: the path or group name, its files, and the digest of their content."""

    name: str
    files: tuple[str, ...]
    content: bytes


class Places(NamedTuple):
    """Files for a worker to read."""

    files: tuple[Place, ...]


class _Pending(NamedTuple):
    """A unit that waits for its batch. `load` returns its files' bytes, when the cache does not spare them."""

    target: Target
    sensors: tuple[int, ...]
    load: Callable[[], tuple[FileData, ...]]
    group: FileGroup | None = None


class Planner:
    """Makes the batches of a scan, and remembers which job is about what until its answers are taken."""

    def __init__(
        self,
        source: Source,
        active: Sequence[Active],
        cache: Cache | None,
        collector: Collector,
        guard: Guard,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Plan a scan of `source`; what the cache knows goes straight to `collector`."""
        self.memory = max((one.sensor.info.budget.memory_mb for one in active), default=0) << 20
        self.known: dict[str, bytes] = {}
        self._source = source
        self._active = active
        self._cache = cache
        self._collector = collector
        self._guard = guard
        self._intake = Intake(active, guard)
        self._unread: list[Place] = []
        self._tree: Regular | None = None
        self._results = "" if cache is None else cache.results  # of former runs, not what this one adds
        self._progress = progress
        self._group_sensors = [n for n, one in enumerate(active) if one.sensor.info.unit is Unit.GROUP]
        self._members: dict[int, dict[str, tuple[FileMeta, Entry, bytes]]] = {n: {} for n in self._group_sensors}
        self._memo = Memo(cache, [one.salt + one.max_bytes.to_bytes(8, "big") for one in active])
        self._window: list[_Pending] = []
        self._waiting = 0
        self._open: dict[int, tuple[Target, set[int]]] = {}
        self._next = 0

    def batches(self) -> Iterator[list[Job] | Places]:
        """Yield batches of files, read or not; lazily, so that only what is being worked on is in memory."""
        looked = 0
        names = unread(self._source)
        while chunk := list(islice(names, BATCH_FILES)):
            for entry, seen in self._opened(chunk):
                self._look(entry, seen)
                if self._waiting >= BATCH_BYTES:
                    yield from self._flush()
            looked += len(chunk)
            if self._progress is not None:
                self._progress(looked, self._source.total)
            yield from self._flush()
            if len(self._unread) >= BATCH_FILES:
                yield self._places()
        if self._unread:
            yield self._places()

    def groups(self) -> Iterator[list[Job]]:
        """Yield the batches of groups; after all files are answered, since only then their members are known."""
        for pending in self._groups():
            self._window.append(pending)
            yield from self._flush()

    def reading(self) -> Reading | None:
        """Return what a reader of places needs; None before there was one."""
        if self._tree is None:
            return None
        tree = self._tree
        return Reading(tuple(self._active), tree.root, tree.settled, self._results, remembers=self._cache is not None)

    def read_here(self, place: Place) -> list[Job]:
        """Return the jobs of a file after all that no worker could read and analyse."""
        entry = place.entry()
        if entry is not None:
            self._look(entry, None)
        return [job for batch in self._flush() for job in batch]

    def absorb(self, places: Sequence[Place], looked: Looked) -> None:
        """Take what a reader says of places."""
        collector, active = self._collector, self._active
        paths = [place.path for place in places]
        for reason, count in looked.excluded.items():
            collector.exclude(reason, count)
        for gap in looked.gaps:
            collector.add_gap(gap)
        for n, sensor, failure in looked.failures:
            collector.fail((paths[n],), paths[n], active[sensor].run.name, failure)
        collector.scanned(paths[n] for n in looked.nothing)
        for answer in looked.answers:
            path = paths[answer.job]
            target = Target(path, (path,), b"")
            collector.add(target, active[answer.sensor], decode(answer.observations), answer.failure)
        collector.analysed += looked.analysed
        collector.cached += looked.cached
        self.known.update((paths[n], content) for n, content in looked.known)
        for n, sensor, meta, content in looked.members:
            self._members[sensor][paths[n]] = (meta, places[n].file(), content)
        if self._cache is not None:
            self._cache.put_many(looked.keep)
            self._cache.renew(looked.stale)

    def take(self, job: int, sensor: int) -> Target:
        """Return what an answered job was about; forget it after its last answer."""
        target, left = self._open[job]
        left.discard(sensor)
        if not left:
            del self._open[job]
        return target

    def key(self, target: Target, sensor: int) -> bytes:
        """Return the cache key: content, path, and the sensor's name, version and digest (contracts.md)."""
        return self._active[sensor].key(target.content, target.name)

    def _places(self) -> Places:
        places, self._unread = Places(tuple(self._unread)), []
        return places

    def _opened(self, chunk: Sequence[Entry | Place]) -> Iterator[tuple[Entry, Seen | None]]:
        """Yield the files that are looked at here, with what is known of them; the others are kept as places.

        Where nothing is known of any file, none that has a place is looked at.
        """
        for one in chunk:
            if isinstance(one, Place):
                self._tree = one.tree
        if not self._results:
            self._unread += [one for one in chunk if isinstance(one, Place)]
            yield from ((one, None) for one in chunk if not isinstance(one, Place))
            return
        entries = [(one, one.entry() if isinstance(one, Place) else one) for one in chunk]
        known = self._memo.recall([entry for _, entry in entries if entry is not None])
        for one, entry in entries:
            seen = known.get(one.path)
            if entry is not None and (seen is not None or not isinstance(one, Place)):
                yield entry, seen
            elif entry is not None and isinstance(one, Place):
                self._unread.append(one)

    def _look(self, entry: Entry, seen: Seen | None) -> None:
        """Queue a file for whoever wants it, read unless it is known; what cannot be read is a gap."""
        try:
            if seen is None:
                self._read(entry)
            elif seen.wanted:
                load = partial(_read_all, [(entry, seen.content)])
                self._window.append(_Pending(Target(entry.path, (entry.path,), seen.content), seen.wanted, load))
            else:
                self._collector.exclude(seen.unwanted)
        except OSError as error:
            self._collector.add_gap(unreadable(entry.path, error))
        finally:
            entry.close()

    def _read(self, entry: Entry) -> None:
        """Take a file in and queue it for whoever may have it. Raises: OSError."""
        taken = self._intake.take(entry)
        for n, failure in taken.failures:
            self._collector.fail((entry.path,), entry.path, self._active[n].run.name, failure)
        if taken.excluded:
            self._collector.exclude(taken.excluded)
            if taken.sure:
                self._memo.remember(entry, Seen(b"", (), taken.excluded))
            return
        by_file = tuple(n for n in taken.sensors if n not in self._members)
        for n in taken.sensors:
            if n in self._members:
                self._members[n][entry.path] = (taken.meta, entry, taken.content)
        if by_file:
            meta = taken.meta
            files = (FileData(entry.path, meta.language, tuple(sorted(meta.flags)), taken.data),)
            self._window.append(_Pending(Target(entry.path, (entry.path,), taken.content), by_file, lambda: files))
            self._waiting += len(taken.data)
        if taken.sure and len(by_file) == len(taken.sensors):
            self._memo.remember(entry, Seen(taken.content, by_file))

    def _flush(self) -> Iterator[list[Job]]:
        """Answer from the cache what it knows; yield the rest as one batch."""
        window, self._window, self._waiting = self._window, [], 0
        known = self._look_up(window)
        batch: list[Job] = []
        for pending in window:
            missed: list[int] = []
            for n in pending.sensors:
                value = known.get(self.key(pending.target, n)) if known else None
                if value is None or not self._recall(pending.target, n, value):
                    missed.append(n)
            if missed:
                batch += self._job(pending, tuple(missed))
            else:
                self.known.update(dict.fromkeys(pending.target.files, pending.target.content))
        if batch:
            yield batch

    def _look_up(self, window: Sequence[_Pending]) -> dict[bytes, bytes]:
        if self._cache is None or not window:
            return {}
        return self._cache.get_many([self.key(pending.target, n) for pending in window for n in pending.sensors])

    def _recall(self, target: Target, sensor: int, value: bytes) -> bool:
        """Take a cached answer; return False when it cannot be read."""
        try:
            observations = decode(value)
        except msgspec.MsgspecError:
            return False
        self._collector.cached += 1
        self._collector.add(target, self._active[sensor], observations)
        return True

    def _job(self, pending: _Pending, sensors: tuple[int, ...]) -> Iterator[Job]:
        try:
            files = pending.load()
        except OSError as error:
            for n in sensors:
                failure = Failure(FileClass.FAILED, error.strerror or str(error))
                self._collector.fail(
                    pending.target.files, pending.target.name, self._active[n].sensor.info.name, failure
                )
            return
        self._next += 1
        self._open[self._next] = (pending.target, set(sensors))
        yield Job(self._next, files, sensors, pending.group)

    def _groups(self) -> Iterator[_Pending]:
        """Yield the units of the group sensors; their files are read again, and must be what they were."""
        for n in self._group_sensors:
            info, members = self._active[n].sensor.info, dict(sorted(self._members[n].items()))
            metas = [meta for meta, _, _ in members.values()]
            groups = self._guard.call(lambda: list(self._active[n].sensor.group(metas)), _GROUP_SECONDS)  # noqa: B023 - called at once
            if isinstance(groups, Failure):
                self._collector.add_gap(
                    Gap(file=".", sensor=info.name, outcome=groups.outcome, reason=f"group: {groups.reason}")
                )
                continue
            for group in sorted(groups, key=lambda group: group.name):
                chosen = [members[path] for path in dict.fromkeys(group.members) if path in members]
                size = sum(meta.size for meta, _, _ in chosen)
                paths = tuple(meta.path for meta, _, _ in chosen)
                if size > _MAX_GROUP:
                    self._collector.fail(
                        paths, group.name, info.name, Failure(FileClass.LIMITED, f"larger than {human(_MAX_GROUP)}")
                    )
                elif chosen:
                    digest = blake2b(b"".join(content for _, _, content in chosen), digest_size=16)
                    digest.update("\0".join(paths).encode())
                    target = Target(group.name, paths, digest.digest())
                    again = [(entry, content) for _, entry, content in chosen]
                    yield _Pending(target, (n,), partial(_read_all, again), group)


def _read_all(members: Sequence[tuple[Entry, bytes]]) -> tuple[FileData, ...]:
    return tuple(_read_again(entry, content) for entry, content in members)


def _read_again(entry: Entry, content: bytes) -> FileData:
    """Return a file's bytes. Raises: OSError, also when they are not what they were."""
    try:
        head, data = entry.head(), entry.read()
    finally:
        entry.close()
    if blake2b(data, digest_size=16).digest() != content:
        raise OSError(0, f"{entry.path} changed during the scan")
    meta = classify(entry.path, len(data), head)
    return FileData(entry.path, meta.language, tuple(sorted(meta.flags)), data)
