"""Taking a file in: what it is, who wants it, and its bytes where somebody may have them. Here or in a worker."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from secloop.model.enums import FileClass
from secloop.scan.base import Flag
from secloop.scan.classify import classify
from secloop.scan.guard import Failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secloop.scan.active import Active
    from secloop.scan.base import FileMeta
    from secloop.scan.guard import Guard
    from secloop.scan.sources import Entry

_WANTS_SECONDS = 2.0
_REASONS = (
    (Flag.BINARY, "binary"),
    (Flag.VENDORED, "vendored"),
    (Flag.GENERATED, "generated"),
    (Flag.MINIFIED, "minified"),
)


class Taken(NamedTuple):
    """A file that was taken in. `excluded` says why nobody wants it, else `sensors` (by number) may have its `data`.

    `content` is its digest. `failures` are sensors that failed to say, or whose bound it exceeds. `sure` says that all
    of this follows from the file, so that it can be remembered.
    """

    meta: FileMeta
    data: bytes = b""
    content: bytes = b""
    sensors: tuple[int, ...] = ()
    excluded: str = ""
    failures: tuple[tuple[int, Failure], ...] = ()
    sure: bool = False


class Intake:
    """Asks the sensors of a scan about files."""

    def __init__(self, active: Sequence[Active], guard: Guard) -> None:
        """Ask `active`, by their numbers."""
        self._active = active
        self._guard = guard
        self._limits = [one.max_bytes for one in active]
        self._binary = [max(one.max_bytes, one.sensor.info.budget.max_binary) for one in active]
        self._auxiliary = frozenset(n for n, one in enumerate(active) if one.auxiliary)
        self._wants = [one.sensor.wants for one in active]

    def take(self, entry: Entry) -> Taken:
        """Classify a file and read it for whoever wants it. Raises: OSError."""
        meta = classify(entry.path, entry.size, entry.head())
        failures: list[tuple[int, Failure]] = []
        wanted = self._wanted_by(meta, failures)
        sure = not failures
        if self._auxiliary.issuperset(wanted):
            nobody = "no sensor" if meta.size else "empty"
            reason = next((reason for flag, reason in _REASONS if flag in meta.flags), nobody)
            return Taken(meta, excluded=reason, failures=tuple(failures), sure=sure)
        limits = self._binary if Flag.BINARY in meta.flags else self._limits
        allowed = self._within(wanted, limits, entry.size, failures)
        if not allowed:
            return Taken(meta, failures=tuple(failures))
        data = entry.read(max(limits[n] for n in allowed))
        allowed = self._within(allowed, limits, len(data), failures)
        content = blake2b(data, digest_size=16).digest()
        sure = sure and len(allowed) == len(wanted)
        return Taken(meta, data, content, tuple(allowed), failures=tuple(failures), sure=sure)

    def _wanted_by(self, meta: FileMeta, failures: list[tuple[int, Failure]]) -> list[int]:
        """Ask every sensor; only when one of them fails, ask one by one to know which."""
        every = self._guard.call(lambda: [n for n, wants in enumerate(self._wants) if wants(meta)], _WANTS_SECONDS)
        if not isinstance(every, Failure):
            return every
        wanted: list[int] = []
        for n, wants in enumerate(self._wants):
            said = self._guard.call(lambda: wants(meta), _WANTS_SECONDS)  # noqa: B023 - called at once
            if isinstance(said, Failure):
                failures.append((n, said))
            elif said:
                wanted.append(n)
        return wanted

    def _within(
        self, wanted: list[int], limits: Sequence[int], size: int, failures: list[tuple[int, Failure]]
    ) -> list[int]:
        """Return the sensors whose size bound the file keeps; note the others."""
        allowed = [n for n in wanted if size <= limits[n]]
        if len(allowed) < len(wanted):
            over = [n for n in wanted if size > limits[n] and n not in self._auxiliary]
            failures += [(n, Failure(FileClass.LIMITED, f"larger than {human(limits[n])}")) for n in over]
        return allowed


def human(size: int) -> str:
    """Return a number of bytes in words."""
    return f"{size / (1 << 20):g} MB" if size >= 1 << 20 else f"{size / (1 << 10):g} KB"
