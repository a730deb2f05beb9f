"""A sensor at work in a scan: with its bounds and what of it enters cache keys."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple, Self

import msgspec

from secloop import __version__
from secloop.model.config import seconds, size_bytes
from secloop.model.run import SensorRun
from secloop.scan.base import Budget, Flag

if TYPE_CHECKING:
    from secloop.model.config import ScanConfig
    from secloop.scan.base import FileMeta, Sensor

_DEFAULT = Budget()


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

    def key(self, content: bytes, name: str) -> bytes:
        """Return the cache key: content, path, and the sensor's name, version and digest (contracts.md)."""
        return blake2b(content + name.encode(), digest_size=20, key=self.salt).digest()
