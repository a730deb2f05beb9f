"""Contents by object id: sizes first, then the wanted ones in one buffered stream of `git cat-file`.

A missing object is told from a broken one, and neither is ever fetched: a clone that leaves objects out is first asked
which ones it has, and no transport is allowed (see secloop.scan.git).
"""

from __future__ import annotations

from io import BufferedReader, RawIOBase
from threading import Thread
from typing import TYPE_CHECKING, Any

from secloop.stages.code.history.log import read_into, start

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
            output = BufferedReader(_Output(process, self._git), _CHUNK)
            while header := output.readline():
                words = header.split(b" ")
                size = int(words[2]) if len(words) == _HEADER else -1
                if size < 0 or how == "--batch-check":
                    yield size, b""
                    continue
                content = output.read(size)
                if len(content) < size or not output.read(1):
                    return
                yield size, content
        finally:
            process.kill()
            process.wait()
            feeder.join()
            if process.stdout is not None:
                process.stdout.close()


class _Output(RawIOBase):
    """What git prints."""

    def __init__(self, process: subprocess.Popen[bytes], git: Git) -> None:
        self._process = process
        self._git = git

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a part of `buffer`; return how much, 0 at the end. Raises: GitError when git gives none for too long."""
        return read_into(self._process, self._git, buffer)


def _feed(process: subprocess.Popen[bytes], data: bytes) -> None:
    """Write what git is asked; in a thread, since git answers meanwhile."""
    assert process.stdin is not None  # noqa: S101 - popen asks for both pipes; this tells mypy
    try:
        process.stdin.write(data)
    except BrokenPipeError:
        return
    finally:
        process.stdin.close()
