"""Reading and replacing the small files of `.secloop/`, which may come from a repository nobody trusts."""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from secloop.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_PAUSE = 0.02
"""Seconds between two tries to lock a folder."""

MAX_BYTES = 8 << 20
"""The size above which a file of ours is refused unread."""


def read_bytes(path: Path, limit: int = MAX_BYTES) -> bytes:
    """Return the content of a regular file of at most `limit` bytes.

    Raises: UsageError if it is missing, no regular file (a pipe would hang the run), too large or unreadable.
    """
    try:
        if not path.is_file():
            what = "is not a file" if path.exists() else "does not exist"
            raise UsageError(f"{path} {what}", "Check the path")
        if path.stat().st_size > limit:
            raise UsageError(f"{path} is larger than {limit >> 20} MB", "Check that it is the right file")
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error


def exists(path: Path) -> bool:
    """Return whether there is something at `path`. Raises: UsageError where that cannot be told (permissions)."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise _unreadable(path, error) from error
    return True


def listed(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """Return the files in a folder with one of `suffixes`, sorted; a file is its own list, nothing is an empty one.

    Raises: UsageError if the folder cannot be read (to find nothing there would let a gate pass).
    """
    if not exists(folder):
        return []
    if folder.is_file():
        return [folder]
    try:
        return sorted(path for path in folder.iterdir() if path.suffix in suffixes)
    except OSError as error:
        raise _unreadable(folder, error) from error


def read_text(path: Path, limit: int = MAX_BYTES) -> str:
    """Return the content of a UTF-8 file. Raises: UsageError as `read_bytes`, or with the line that is not UTF-8."""
    raw = read_bytes(path, limit)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{path}:{line}: not UTF-8", "Save the file as UTF-8") from error


def replace(path: Path, content: bytes) -> None:
    """Write `content` so that a reader, or a crash, sees the old or the new file, never a half (rename in one folder).

    Raises: UsageError if the folder is a symbolic link (it could lead out of the project) or cannot be written.
    """
    folder = path.parent
    _make(folder)
    try:
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, _mode(path))  # noqa: PTH101 - the name comes from mkstemp as a string
            os.replace(temporary, path)  # noqa: PTH105 - as above
        except OSError:
            os.unlink(temporary)  # noqa: PTH108 - as above
            raise
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written ({error.strerror})", "Check the folder's permissions and space"
        ) from error


@contextmanager
def locked(folder: Path, patience: float = 10.0) -> Iterator[None]:
    """Hold a folder of ours, so that what is read from it and then replaced is not changed by another process between.

    The folder itself is locked (flock(2)): nothing is left behind, and a process that dies lets go. Where the system or
    the file system knows no such lock there is none.
    Raises: UsageError where another process holds it for over `patience` seconds, or the folder cannot be made.
    """
    _make(folder)
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        _wait(lambda: fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB), folder, patience)
        yield
    finally:
        os.close(handle)


def _wait(lock: Callable[[], None], folder: Path, patience: float) -> None:
    end = time.monotonic() + patience
    while True:
        try:
            return lock()
        except BlockingIOError as error:
            if time.monotonic() >= end:
                what = f"{folder} is being changed by another process"
                raise UsageError(what, "Try again when it is done") from error
            time.sleep(_PAUSE)
        except OSError:  # a file system without locks
            return None


def _make(folder: Path) -> None:
    """Make a folder of ours. Raises: UsageError as `replace`."""
    if folder.is_symlink():
        raise UsageError(f"{folder} is a symbolic link", "Make it a real folder, so that nothing is written elsewhere")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be made ({error.strerror})", "Check the folder's permissions and space"
        ) from error


def _unreadable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"{path} cannot be read ({error.strerror})", "Check its permissions")


def _mode(path: Path) -> int:
    """Return the mode of the file that is replaced, else what a new file gets (mkstemp alone would leave 0600)."""
    try:
        return path.stat().st_mode & 0o777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
