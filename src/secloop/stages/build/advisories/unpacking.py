"""Reading files that may be gzip, within bounds. Sources are foreign: what they unpack to is never trusted."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

from secloop.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader
    from pathlib import Path

MAX_BYTES = 1 << 30
"""Unpacked bytes of one file."""
MAX_LINE = 16 << 20
"""Bytes of one line."""
_GZIP = b"\x1f\x8b"
_CHUNK = 1 << 20


def head(path: Path, size: int) -> bytes:
    """Return the first `size` unpacked bytes of a file. Raises: UsageError."""
    return b"".join(_chunks(path, size))[:size]


def whole(path: Path, limit: int = MAX_BYTES) -> bytes:
    """Return all unpacked bytes of a file. Raises: UsageError when it is damaged or unpacks to more than `limit`."""
    data = b"".join(_chunks(path, limit + 1))
    if len(data) > limit:
        raise _beyond(path)
    return data


def lines(path: Path) -> Iterator[bytes]:
    """Yield the unpacked lines of a file, within bounds on a line and on the whole. Raises: UsageError."""
    left = MAX_BYTES
    try:
        with _open(path) as stream:
            while line := stream.readline(MAX_LINE):
                left -= len(line)
                if left < 0 or len(line) == MAX_LINE:
                    raise _beyond(path)
                yield line
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, error) from error


def _chunks(path: Path, wanted: int) -> Iterator[bytes]:
    """Yield chunks until at least `wanted` bytes or the end."""
    try:
        with _open(path) as stream:
            while wanted > 0 and (chunk := stream.read(min(_CHUNK, wanted))):
                wanted -= len(chunk)
                yield chunk
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, error) from error


def _open(path: Path) -> gzip.GzipFile | BufferedReader:
    """Open a plain or gzip file, told by its first bytes. Raises: OSError, UsageError."""
    if not path.is_file():  # a pipe would be waited for, a device read for ever
        raise UsageError(f"Advisory source {path} is no file", "Fetch it again")
    with path.open("rb") as stream:
        packed = stream.read(len(_GZIP)) == _GZIP
    return gzip.open(path) if packed else path.open("rb")


def _beyond(path: Path) -> UsageError:
    return UsageError(f"Advisory source {path} unpacks beyond its bounds", "Check the source")


def _unreadable(path: Path, error: Exception) -> UsageError:
    return UsageError(f"Advisory source {path} cannot be read: {error}", "Fetch it again")
