"""What was found out about a file that has not been touched since, so that it need not even be read again.

A work tree's file is known by place, device, inode, size, and times of change in nanoseconds, as git's index does it;
a blob by its object id. The content's digest is remembered under that, and the rest follows from the digest. A file
touched within the last two seconds is not remembered: it could change again within the same tick of the clock.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from secloop.scan.cache import Cache
    from secloop.scan.sources import Entry


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """The digest of a file's content and the sensors (by number) that want it, or why none does."""

    content: bytes
    wanted: tuple[int, ...] = ()
    unwanted: str = ""


class Memo:
    """Remembers files in the cache. `salts` stand for the sensors, their order and bounds: they decide who gets one."""

    def __init__(self, cache: Cache | None, salts: Iterable[bytes]) -> None:
        """Remember in `cache`; without one, remember nothing."""
        self._cache = cache
        self._salt = blake2b(b"".join(salts), digest_size=32, person=b"files").digest()
        self._decoder = msgspec.msgpack.Decoder(Seen)

    def recall(self, entries: Sequence[Entry]) -> dict[str, Seen]:
        """Return what is known of `entries`, by path."""
        keys = {key: entry.path for entry in entries if (key := self._key(entry))}
        found: dict[str, Seen] = {}
        if self._cache is None or not keys:
            return found
        for key, value in self._cache.get_many(list(keys)).items():
            try:
                found[keys[key]] = self._decoder.decode(value)
            except msgspec.MsgspecError:
                continue
        return found

    def remember(self, entry: Entry, seen: Seen) -> None:
        """Remember what was found out about a file that has just been read whole."""
        if self._cache is not None and (row := self.row(entry, seen)):
            self._cache.put(*row)

    def row(self, entry: Entry, seen: Seen) -> tuple[bytes, bytes] | None:
        """Return what the cache has to keep to remember a file; None for one that is not to be remembered."""
        key = self._key(entry)
        return (key, msgspec.msgpack.encode(seen)) if key else None

    def _key(self, entry: Entry) -> bytes:
        stamp: bytes = getattr(entry, "stamp", b"")
        return blake2b(stamp + entry.path.encode(), digest_size=20, key=self._salt).digest() if stamp else b""
