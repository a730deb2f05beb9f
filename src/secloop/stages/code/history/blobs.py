"""Contents by object id: sizes first, then the wanted ones in one buffered stream of `git cat-file`.

A missing object is told from a broken one, and neither is ever fetched: a clone that leaves objects out is first asked
which ones it has, and no transport is allowed (see secloop.scan.git).
"""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING

from secloop.stages.code.history.log import read_chunk, start

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Sequence

    from secloop.scan.git import Git

_CHUNK = 1 << 20
_HEADER = 3
"""Words of "<id> <type> <size>"; a missing object gives "<id> missing"."""

_STARTS = 64
"""Times git is started again behind an object on which it gave up, before the rest counts as unreadable."""


class Blobs:
    """Reads the objects of one repository."""

    def __init__(self, git: Git) -> None:
        """Find out whether this clone leaves objects out. Raises: GitError."""
        self._git = git
        self._present = git.present() if git.is_partial() else None

    def sizes(self, oids: Sequence[bytes]) -> dict[bytes, int]:
        """Return the sizes in bytes of those that are here; what is not here is not asked for."""
        here = oids if self._present is None else [oid for oid in oids if oid in self._present]
        return {oid: size for oid, size, _ in self._ask("--batch-check", here) if size >= 0}

    def read(self, oids: Sequence[bytes]) -> Iterator[tuple[bytes, bytes | None]]:
        """Yield (id, content) of objects that have a size, in the order given; None for what is broken."""
        for oid, size, content in self._ask("--batch", oids):
            yield oid, content if size >= 0 else None

    def _ask(self, how: str, oids: Sequence[bytes]) -> Iterator[tuple[bytes, int, bytes]]:
        """Yield (id, size or -1, content or b'') for each; behind an object that ends git, start it again."""
        left = list(oids)
        for _ in range(_STARTS):
            if not left:
                return
            answered = 0
            for size, content in self._answers(how, left):
                yield left[answered], size, content
                answered += 1
            if answered < len(left):
                yield left[answered], -1, b""
            left = left[answered + 1 :]
        yield from ((oid, -1, b"") for oid in left)

    def _answers(self, how: str, oids: Sequence[bytes]) -> Iterator[tuple[int, bytes]]:
        process = start(self._git, "cat-file", how, "--buffer")
        feeder = Thread(target=_feed, args=(process, b"\n".join(oids) + b"\n"), daemon=True)
        feeder.start()
        try:
            output = _Output(process, self._git)
            while header := output.line():
                words = header.split(b" ")
                size = int(words[2]) if len(words) == _HEADER else -1
                if size < 0 or how == "--batch-check":
                    yield size, b""
                    continue
                content = output.exactly(size + 1)
                if content is None:
                    return
                yield size, content[:-1]
        finally:
            process.kill()
            process.wait()
            feeder.join()
            if process.stdout is not None:
                process.stdout.close()


class _Output:
    """What git prints, in lines and counted bytes."""

    def __init__(self, process: subprocess.Popen[bytes], git: Git) -> None:
        self._process = process
        self._git = git
        self._buffer = b""
        self._at = 0

    def line(self) -> bytes:
        """Return the next line without its end; b'' at the end."""
        end = self._buffer.find(b"\n", self._at)
        while end == -1:
            if not self._more():
                return b""
            end = self._buffer.find(b"\n", self._at)
        line, self._at = self._buffer[self._at : end], end + 1
        return line

    def exactly(self, size: int) -> bytes | None:
        """Return the next `size` bytes; None when the output ends before."""
        have = len(self._buffer) - self._at
        if have < size:
            parts = [self._buffer[self._at :]]
            while have < size:
                chunk = read_chunk(self._process, self._git, _CHUNK)
                if not chunk:
                    return None
                parts.append(chunk)
                have += len(chunk)
            self._buffer, self._at = b"".join(parts), 0
        data = self._buffer[self._at : self._at + size]
        self._at += size
        return data

    def _more(self) -> bool:
        chunk = read_chunk(self._process, self._git, _CHUNK)
        self._buffer, self._at = self._buffer[self._at :] + chunk, 0
        return bool(chunk)


def _feed(process: subprocess.Popen[bytes], data: bytes) -> None:
    """Write what git is asked; in a thread, since git answers meanwhile."""
    assert process.stdin is not None  # noqa: S101 - popen asks for both pipes; this tells mypy
    try:
        process.stdin.write(data)
    except BrokenPipeError:
        return
    finally:
        process.stdin.close()
