"""What earlier runs saw in a change, so that a push costs its own blobs only.

The rows lie in a file of their own beside the scan cache, `history.db`, with the same bounds and the same manners. A
key is a digest of the content before and after (their object ids), the path and all that decides what is found: a
version is looked at relative to the one before, so both belong to the key. What was found is kept too, redacted.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec

from secloop.model.finding import Observation
from secloop.scan.cache import open_cache

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from secloop.scan.cache import Cache
    from secloop.stages.code.history.log import Change

NAME = "history.db"
_FORMAT = b"1"
"""Changes when the same change could give other observations by our own doing."""

_NOTHING = msgspec.msgpack.encode([])
_decoder = msgspec.msgpack.Decoder(tuple[Observation, ...])


class Memory:
    """Observations by change. Without a cache it remembers nothing."""

    def __init__(self, cache: Cache | None, salt: bytes) -> None:
        """Use `cache`; `salt` is the digest of the sensor and its bounds."""
        self._cache = cache
        self._salt = blake2b(_FORMAT + salt, digest_size=32).digest()

    def recall(self, changes: Sequence[Change]) -> list[tuple[Observation, ...] | None]:
        """Return what was seen in each of the changes, None for those that are new."""
        if self._cache is None:
            return [None] * len(changes)
        keys = [self._key(change) for change in changes]
        values = self._cache.get_many(keys)
        return [_decoded(values.get(key)) for key in keys]

    def remember(self, change: Change, observations: Sequence[Observation]) -> None:
        """Keep what was seen in a change."""
        if self._cache is not None:
            value = msgspec.msgpack.encode(observations) if observations else _NOTHING
            self._cache.put(self._key(change), value)

    def close(self) -> None:
        """Write what is pending and close."""
        if self._cache is not None:
            self._cache.close()

    def _key(self, change: Change) -> bytes:
        content = b"%b %b %b" % (change.before, change.after, change.path)
        return blake2b(content, digest_size=16, key=self._salt).digest()


def _decoded(value: bytes | None) -> tuple[Observation, ...] | None:
    """Return kept observations; None where there are none or they cannot be read."""
    if value is None or value == _NOTHING:
        return None if value is None else ()
    try:
        return _decoder.decode(value)
    except msgspec.MsgspecError:
        return None


def open_memory(salt: bytes, root: Path, notes: list[str], *, cached: bool = True) -> Memory:
    """Return the memory in the user's cache folder; one that remembers nothing where it cannot be used, with a note.

    It is not used where it lies inside `root`, the repository: one could bring a memory along that hides its past.
    """
    cache = open_cache(root=root, name=NAME, notes=notes) if cached else None
    return Memory(cache, salt)
