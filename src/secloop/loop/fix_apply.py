"""The one applier of fixes: text edits to files, all of them or none.

1. Every file is found inside the root, without following links, and read.
2. Its content must still have the hash that the edits were made for.
3. The edits of a file must not overlap; equal ones count once.
4. All new contents are written beside their files; only then is each moved over its file.

Encoding, line ends and permissions stay: only the characters of the edits are replaced.
"""

from __future__ import annotations

import contextlib
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from secloop.model.errors import UsageError
from secloop.model.fix import digest, encoding_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from secloop.model.finding import Edit

_MOST_BYTES = 64 << 20
_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_AGAIN = "Run secloop fix again"


@dataclass(frozen=True, kw_only=True)
class Change:
    """A file before and after; both texts with their line ends as they are. `encoding` turns either into bytes."""

    file: str
    before: str
    after: str
    encoding: str = "utf-8"


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Return `text` with the edits made; equal edits count once. Raises: UsageError where two overlap."""
    ordered = sorted({(e.start, e.end, e.text) for e in edits})
    out, at, last = [], 0, (-1, -1)
    for start, end, new in ordered:
        if start < at or (start, end) == last or not start <= end <= len(text):
            raise UsageError("Two fixes change the same text", "Apply one of them, then run secloop fix again")
        out += [text[at:start], new]
        at, last = end, (start, end)
    return "".join([*out, text[at:]])


def changes(root: Path, edits: Iterable[Edit]) -> tuple[Change, ...]:
    """Return what the edits make of the files below `root`; nothing is written.

    Raises: UsageError for a file that is no plain file inside the root, is not text, has changed, or overlapping edits.
    """
    by_file: dict[str, list[Edit]] = {}
    for edit in edits:
        by_file.setdefault(edit.file, []).append(edit)
    return tuple(_change(root, file, by_file[file]) for file in sorted(by_file))


def _change(root: Path, file: str, edits: list[Edit]) -> Change:
    data = read_inside(root, file)
    if data is None:
        raise UsageError(f"{file} is not a plain file of the project", "Nothing was changed")
    if any(edit.sha256 != digest(data) for edit in edits):
        raise UsageError(f"{file} has changed since it was scanned", _AGAIN)
    encoding = encoding_of(data)
    try:
        before = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not {encoding.upper()} text", "Change it by hand") from error
    return Change(file=file, before=before, after=edited(before, edits), encoding=encoding)


def write(root: Path, wanted: Iterable[Change]) -> tuple[str, ...]:
    """Write changed files; return their paths. Either all are written or, as far as the system lets us, none is.

    Raises: UsageError where a file has changed meanwhile or cannot be written.
    """
    made: list[tuple[Change, Path, Path]] = []
    done: list[tuple[Change, Path]] = []
    try:
        for change in wanted:
            target = _inside(root, change.file)
            if read_inside(root, change.file) != change.before.encode(change.encoding):
                raise UsageError(f"{change.file} has changed since it was scanned", _AGAIN)
            made.append((change, target, _beside(target, change.after.encode(change.encoding))))
        for change, target, partial in made:
            partial.replace(target)
            done.append((change, target))
    except OSError as error:
        _undo(done)
        raise UsageError(f"Cannot write {_name(error, root)}: {error.strerror}", "Nothing was changed") from error
    finally:
        for _, _, partial in made:
            partial.unlink(missing_ok=True)
    return tuple(change.file for change, _ in done)


def read_inside(root: Path, file: str) -> bytes | None:
    """Return the content of a plain file inside `root`; None for anything else: a link, `..`, a folder, a huge file."""
    try:
        descriptor = os.open(_inside(root, file), _OPEN)
    except (OSError, ValueError, UsageError):
        return None
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MOST_BYTES:
            return None
        return stream.read()


def _inside(root: Path, file: str) -> Path:
    """Return the place of a file whose folders below `root` are real ones. Raises: UsageError."""
    parts = file.split("/")
    base = root.resolve()
    folder = base.joinpath(*parts[:-1])
    if {"", ".", ".."} & set(parts) or ".git" in (part.lower() for part in parts) or folder.resolve() != folder:
        raise UsageError(f"{file} does not lie inside the project", "Nothing was changed")
    return folder / parts[-1]


def _beside(target: Path, data: bytes) -> Path:
    """Write a new file beside `target`, with its permissions and owner where that is allowed. Raises: OSError."""
    status = target.stat()
    partial = target.parent / f".{target.name[:100]}.{os.urandom(8).hex()}.partial"
    try:
        with partial.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        with contextlib.suppress(OSError, AttributeError):
            os.chown(partial, status.st_uid, status.st_gid)
        partial.chmod(stat.S_IMODE(status.st_mode))
    except OSError:
        partial.unlink(missing_ok=True)
        raise
    return partial


def _undo(done: list[tuple[Change, Path]]) -> None:
    """Put back what was there before."""
    for change, target in done:
        with contextlib.suppress(OSError):
            _beside(target, change.before.encode(change.encoding)).replace(target)


def _name(error: OSError, root: Path) -> str:
    name = str(error.filename or "")
    return name.removeprefix(f"{root.resolve()}/") or "a file"
