"""Compressed layers and archives: unpacked within bounds to a nameless temporary file, or read from the start."""

from __future__ import annotations

import gzip
import zlib
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any

from secloop.scan.images import LayerError
from secloop.scan.images_tar import TarError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from secloop.scan.images_tar import Stream

MAX_UNPACKED = 16 << 30
"""Bytes that a compressed layer may come to."""

MAX_RATIO = 200
"""How many times larger a layer may be than its compressed form, above `_FREE`."""

_FREE = 64 << 20
_CHUNK = 1 << 20
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_NEEDS = "compressed with zstd, which needs: pip install 'secloop[images]'"


def is_gzip(path: Path) -> bool:
    """Return whether a file is gzipped. Raises: OSError."""
    with path.open("rb") as stream:
        return stream.read(2) == _GZIP


def uncompressed(stream: Stream, offset: int, size: int) -> Stream:
    """Return the tar file that stands at `offset` of `stream`, from 0: itself, or a nameless temporary file.

    Takes `stream` over. Raises: LayerError when it is damaged or too large, or zstd's library is missing; OSError.
    """
    stream.seek(offset)
    if not stream.read(4).startswith((_GZIP, _ZSTD)):
        return Window(stream, offset, size)
    out = TemporaryFile()  # noqa: SIM115 - the caller closes it
    try:
        stream.seek(offset)
        unpack(stream, size, out)
        out.seek(0)
    except BaseException:
        out.close()
        raise
    stream.close()
    return out


def unpack(stream: Stream, size: int, out: IO[bytes], most: int = MAX_UNPACKED) -> None:
    """Write what a gzip or zstd file of `size` bytes, from here on, holds to `out`, `most` bytes of it.

    Raises: LayerError when it is damaged or holds more, OSError.
    """
    first = stream.read(min(_CHUNK, size))
    codec: Any = _Zstd() if first.startswith(_ZSTD) else _Gzip()
    left, written = size - len(first), 0
    chunk = first
    try:
        while chunk:
            for data in codec.feed(chunk):
                written += len(data)
                if written > most or written > _FREE + MAX_RATIO * (size - left):
                    raise LayerError("it comes to more bytes than a layer may have")
                out.write(data)
            chunk = stream.read(min(_CHUNK, left)) if left else b""
            left -= len(chunk)
    except codec.errors as error:
        raise LayerError(f"damaged: {error}") from error
    if codec.begun or left:
        raise LayerError("cut off")


class _Gzip:
    """Members of a gzip file. `begun` tells that one has not ended."""

    errors = (zlib.error,)

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=31)
        self.begun = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield what `chunk` gives, at most `_CHUNK` bytes at a time. Raises: one of `errors`."""
        data = b""
        while chunk or len(data) == _CHUNK:
            self.begun = True
            data = self._inflate.decompress(chunk, _CHUNK)
            yield data
            chunk = self._inflate.unconsumed_tail
            if self._inflate.eof:
                chunk, data, self.begun = self._inflate.unused_data.lstrip(b"\0"), b"", False
                self._inflate = zlib.decompressobj(wbits=31)


class _Zstd:
    """Frames of a zstd file. `begun` tells that one has not ended."""

    def __init__(self) -> None:
        self._module = _zstd()
        self.errors = (self._module.ZstdError,)
        self._inflate = self._module.ZstdDecompressor()
        self.begun = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield what `chunk` gives, at most `_CHUNK` bytes at a time. Raises: one of `errors`."""
        more = bool(chunk)
        while more:
            self.begun = True
            data = self._inflate.decompress(chunk, _CHUNK)
            yield data
            chunk, more = b"", not self._inflate.needs_input
            if self._inflate.eof:
                chunk, self.begun = self._inflate.unused_data, False
                self._inflate = self._module.ZstdDecompressor()
                more = bool(chunk)


def _zstd() -> Any:
    """Return the library for zstd: Python's own since 3.14, its backport before. Raises: LayerError."""
    import importlib

    for name in ("compression.zstd", "backports.zstd"):
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    raise LayerError(_NEEDS)


class Forward:
    """A gzip file as it is read from the start, for a look at the headers of the tar file in it."""

    def __init__(self, stream: IO[bytes]) -> None:
        """Read `stream` from where it is."""
        self._file = gzip.GzipFile(fileobj=stream)
        self._left = MAX_UNPACKED

    def seek(self, at: int) -> int:
        """Go ahead to `at`; what lies behind is gone."""
        while (ahead := at - self._file.tell()) > 0:
            if not self.read(min(ahead, _CHUNK)):
                break
        return at

    def read(self, size: int) -> bytes:
        """Return the next bytes. Raises: TarError when it is cut off or too large, OSError, zlib.error."""
        self._left -= size
        if self._left < 0:
            raise TarError("it comes to more bytes than an image may have")
        try:
            return self._file.read(size)
        except EOFError as error:
            raise TarError("cut off") from error

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class Window:
    """A part of a file as a file: only what reading a tar file needs."""

    def __init__(self, stream: Stream, offset: int, size: int) -> None:
        """Show `size` bytes from `offset` on."""
        self._stream, self._offset, self._size = stream, offset, size
        self._at = 0

    def seek(self, at: int) -> int:
        """Go to an offset from the start of the part."""
        self._at = at
        return at

    def read(self, size: int) -> bytes:
        """Return the next bytes of the part. Raises: OSError."""
        self._stream.seek(self._offset + self._at)
        data = self._stream.read(max(min(size, self._size - self._at), 0))
        self._at += len(data)
        return data

    def close(self) -> None:
        """Let go of the file."""
        self._stream.close()
