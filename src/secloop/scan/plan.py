"""What there is to do: walks a source, asks who wants which file, and turns what the cache does not know into jobs."""

from __future__ import annotations

from functools import partial
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, Self

import msgspec

from secloop import __version__
from secloop.model.config import seconds, size_bytes
from secloop.model.coverage import Gap
from secloop.model.enums import FileClass
from secloop.model.run import SensorRun
from secloop.scan.base import Budget, Flag, Unit
from secloop.scan.classify import classify
from secloop.scan.guard import Failure
from secloop.scan.jobs import FileData, Job, decode
from secloop.scan.memo import Memo, Seen
from secloop.scan.sources import WALK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from secloop.model.config import ScanConfig
    from secloop.scan.base import FileGroup, FileMeta, Sensor
    from secloop.scan.cache import Cache
    from secloop.scan.collect import Collector
    from secloop.scan.guard import Guard
    from secloop.scan.sources import Entry, Source

_BATCH_FILES = 64
_BATCH_BYTES = 1 << 20
_MAX_GROUP = 64 << 20
"""Bytes of a group's members together."""

_WANTS_SECONDS = 2.0
_GROUP_SECONDS = 30.0
_DEFAULT = Budget()
_REASONS = (
    (Flag.BINARY, "binary"),
    (Flag.VENDORED, "vendored"),
    (Flag.GENERATED, "generated"),
    (Flag.MINIFIED, "minified"),
)


class Active(NamedTuple):
    """A configured sensor with its bounds. `salt` is everything of it that enters a cache key.

    An `auxiliary` one looks at what others want, and makes no file wanted.
    """

    sensor: Sensor
    run: SensorRun
    seconds: float
    max_bytes: int
    salt: bytes
    auxiliary: bool

    @classmethod
    def of(cls, sensor: Sensor, digest: str, config: ScanConfig, *, auxiliary: bool = False) -> Self:
        """Bind a sensor; the configuration's bounds hold, and a sensor's own where it states a smaller one."""
        info = sensor.info
        limit, budget = size_bytes(config.max_file_size), info.budget
        timeout = seconds(config.file_timeout)
        salt = msgspec.msgpack.encode((__version__, info.name, info.version, digest))
        return cls(
            sensor=sensor,
            run=SensorRun(name=info.name, version=info.version, stage=info.stage, digest=digest, kinds=info.kinds),
            seconds=timeout if budget.seconds == _DEFAULT.seconds else min(timeout, budget.seconds),
            max_bytes=limit if budget.max_bytes == _DEFAULT.max_bytes else min(limit, budget.max_bytes),
            salt=blake2b(salt, digest_size=32).digest(),
            auxiliary=auxiliary,
        )

    def limit(self, meta: FileMeta) -> int:
        """Return the most bytes that a file may have for this sensor."""
        return max(self.max_bytes, self.sensor.info.budget.max_binary) if Flag.BINARY in meta.flags else self.max_bytes


class Target(NamedTuple):
    """A unit without its bytes: the path or group name, its files, and the digest of their content."""

    name: str
    files: tuple[str, ...]
    content: bytes


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
        self._progress = progress
        self._group_sensors = [n for n, one in enumerate(active) if one.sensor.info.unit is Unit.GROUP]
        self._members: dict[int, dict[str, tuple[FileMeta, Entry, bytes]]] = {n: {} for n in self._group_sensors}
        self._memo = Memo(cache, [one.salt + one.max_bytes.to_bytes(8, "big") for one in active])
        self._window: list[_Pending] = []
        self._waiting = 0
        self._open: dict[int, tuple[Target, set[int]]] = {}
        self._next = 0

    def batches(self) -> Iterator[list[Job]]:
        """Yield batches of jobs; lazily, so that only what is being worked on is in memory."""
        looked = 0
        for entries in _chunks(self._source):
            known = self._memo.recall(entries)
            for entry in entries:
                self._look(entry, known.get(entry.path))
                if self._waiting >= _BATCH_BYTES:
                    yield from self._flush()
            looked += len(entries)
            if self._progress is not None:
                self._progress(looked, self._source.total)
            yield from self._flush()
        for pending in self._groups():
            self._window.append(pending)
            yield from self._flush()

    def take(self, job: int, sensor: int) -> Target:
        """Return what an answered job was about; forget it after its last answer."""
        target, left = self._open[job]
        left.discard(sensor)
        if not left:
            del self._open[job]
        return target

    def key(self, target: Target, sensor: int) -> bytes:
        """Return the cache key: content, path, and the sensor's name, version and digest (contracts.md)."""
        name = target.name.encode()
        return blake2b(target.content + name, digest_size=20, key=self._active[sensor].salt).digest()

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
            reason = f"cannot be read: {error.strerror or error}"
            self._collector.add_gap(Gap(file=entry.path, sensor=WALK, outcome=FileClass.FAILED, reason=reason))
        finally:
            entry.close()

    def _read(self, entry: Entry) -> None:
        """Classify a file and queue it for whoever wants it. Raises: OSError."""
        meta = classify(entry.path, entry.size, entry.head())
        wanted, sure = self._wanted_by(meta)
        if all(self._active[n].auxiliary for n in wanted):
            nobody = "no sensor" if meta.size else "empty"
            reason = next((reason for flag, reason in _REASONS if flag in meta.flags), nobody)
            self._collector.exclude(reason)
            if sure:
                self._memo.remember(entry, Seen(b"", (), reason))
            return
        allowed = self._within_limits(wanted, meta, entry.size)
        if not allowed:
            return
        data = entry.read(max(self._active[n].limit(meta) for n in allowed))
        allowed = self._within_limits(allowed, meta, len(data))
        content = blake2b(data, digest_size=16).digest()
        by_file = tuple(n for n in allowed if n not in self._members)
        for n in allowed:
            if n in self._members:
                self._members[n][entry.path] = (meta, entry, content)
        if by_file:
            files = (FileData(entry.path, meta.language, tuple(sorted(meta.flags)), data),)
            self._window.append(_Pending(Target(entry.path, (entry.path,), content), by_file, lambda: files))
            self._waiting += len(data)
        if sure and len(by_file) == len(wanted):
            self._memo.remember(entry, Seen(content, by_file))

    def _wanted_by(self, meta: FileMeta) -> tuple[list[int], bool]:
        """Ask every sensor; only when one of them fails, ask one by one to know which. Return also that none failed."""
        active = self._active
        every = self._guard.call(lambda: [n for n, one in enumerate(active) if one.sensor.wants(meta)], _WANTS_SECONDS)
        if not isinstance(every, Failure):
            return every, True
        wanted: list[int] = []
        for n, one in enumerate(active):
            said = self._guard.call(lambda: one.sensor.wants(meta), _WANTS_SECONDS)  # noqa: B023 - called at once
            if isinstance(said, Failure):
                self._collector.fail((meta.path,), meta.path, one.sensor.info.name, said)
            elif said:
                wanted.append(n)
        return wanted, False

    def _within_limits(self, wanted: Sequence[int], meta: FileMeta, size: int) -> list[int]:
        """Return the sensors whose size bound the file keeps; note the others."""
        allowed: list[int] = []
        for n in wanted:
            limit = self._active[n].limit(meta)
            if size <= limit:
                allowed.append(n)
            elif not self._active[n].auxiliary:
                failure = Failure(FileClass.LIMITED, f"larger than {_human(limit)}")
                self._collector.fail((meta.path,), meta.path, self._active[n].sensor.info.name, failure)
        return allowed

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
            info, members = self._active[n].sensor.info, self._members[n]
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
                        paths, group.name, info.name, Failure(FileClass.LIMITED, f"larger than {_human(_MAX_GROUP)}")
                    )
                elif chosen:
                    digest = blake2b(b"".join(content for _, _, content in chosen), digest_size=16)
                    digest.update("\0".join(paths).encode())
                    target = Target(group.name, paths, digest.digest())
                    again = [(entry, content) for _, entry, content in chosen]
                    yield _Pending(target, (n,), partial(_read_all, again), group)


def _chunks(source: Source) -> Iterator[list[Entry]]:
    """Yield the entries in lists of a batch's size."""
    entries = iter(source)
    while chunk := list(islice(entries, _BATCH_FILES)):
        yield chunk


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


def _human(size: int) -> str:
    return f"{size / (1 << 20):g} MB" if size >= 1 << 20 else f"{size / (1 << 10):g} KB"
