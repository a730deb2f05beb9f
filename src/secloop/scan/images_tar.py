"""Tar files of image layers, member by member, without trust: headers only, contents are passed over.

Every size is bounded, so that neither a header nor a name can fill memory (POSIX.1-2024 pax, GNU long names).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, Protocol

from secloop.model.errors import SecloopError

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE, HARD_LINK, SYMBOLIC_LINK, FOLDER, OTHER = "file", "hard link", "symlink", "folder", "special file"

_BLOCK = 512
_MAX_EXTENDED = 1 << 20
"""Bytes of a pax header or a long name."""

_KINDS = {b"0": FILE, b"\0": FILE, b"7": FILE, b"1": HARD_LINK, b"2": SYMBOLIC_LINK, b"5": FOLDER}
_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL = b"L", b"K", b"x", b"g"
_EXTENDED = frozenset({_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL})
_OCTAL = re.compile(rb"[ \0]*+([0-7]*+)[ \0]*+")
_BINARY_NUMBER = 0x80


class Stream(Protocol):
    """What is needed of a file to read a tar file in it."""

    def seek(self, at: int, /) -> int:
        """Go to an offset from the start."""
        ...

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, at most `size`. Raises: OSError."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class TarError(SecloopError):
    """A tar file is damaged or not one; the reason is the message."""


class Member(NamedTuple):
    """A member: its raw name, kind, and where its content stands. `link` is the raw target of a link."""

    name: bytes
    kind: str
    offset: int
    size: int
    link: bytes = b""


def members(stream: Stream, start: int = 0, end: int | None = None) -> Iterator[Member]:
    """Yield the members of the tar file between two offsets of a seekable `stream`. Raises: TarError, OSError."""
    at = start
    extended: dict[bytes, bytes] = {}
    while True:
        stream.seek(at)
        block = stream.read(_BLOCK)
        if len(block) < _BLOCK or not block.strip(b"\0") or (end is not None and at + _BLOCK > end):
            if at == start and block.strip(b"\0"):
                raise TarError("not a tar file")
            return
        if not _is_header(block):
            raise TarError("not a tar file" if at == start else "a header is damaged")
        kind, size = block[156:157], _number(block[124:136])
        content = at + _BLOCK
        if kind in _EXTENDED:
            if size > _MAX_EXTENDED:
                raise TarError("a name or header is too long")
            if kind != _PAX_GLOBAL:
                _extend(extended, kind, stream.read(size))
        else:
            member = _member(block, kind, content, size, extended)
            size = member.size
            yield member
            extended = {}
        at = content + size + -size % _BLOCK


def _is_header(block: bytes) -> bool:
    """Return whether the sum of a block's bytes is the one it states, its own field counted as spaces."""
    found = _OCTAL.fullmatch(block[148:156])
    if not found or not found[1]:
        return False
    return sum(block) - sum(block[148:156]) + 8 * ord(" ") == int(found[1], 8)


def _member(block: bytes, kind: bytes, content: int, size: int, extended: dict[bytes, bytes]) -> Member:
    name, link = _text(block[:100]), _text(block[157:257])
    if block[257:263] == b"ustar\0" and (prefix := _text(block[345:500])):
        name = prefix + b"/" + name
    name, link = extended.get(b"path", name), extended.get(b"linkpath", link)
    if (told := extended.get(b"size")) is not None:
        size = _decimal(told)
    what = _KINDS.get(kind, OTHER)
    if what == FILE and name.endswith(b"/"):
        what = FOLDER
    if what not in {FILE, OTHER}:
        size = 0
    return Member(name, what, content, size, link)


def _extend(extended: dict[bytes, bytes], kind: bytes, content: bytes) -> None:
    """Take what an extended header says of the member after it."""
    if kind == _LONG_NAME:
        extended[b"path"] = _text(content)
    elif kind == _LONG_LINK:
        extended[b"linkpath"] = _text(content)
    else:
        extended.update(_records(content))


def _records(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the records of a pax header, `<length> <key>=<value>` and a newline. Raises: TarError."""
    at = 0
    while at < len(content):
        space = content.find(b" ", at, at + 8)
        length = _decimal(content[at:space]) if space > 0 else 0
        key, equals, value = content[space + 1 : at + length - 1].partition(b"=")
        if length <= space - at or not equals:
            raise TarError("a header is damaged")
        yield key, value
        at += length


def _number(field: bytes) -> int:
    """Return a size: octal digits, or a big-endian number where the first bit is set. Raises: TarError."""
    if field[0] & _BINARY_NUMBER:
        return int.from_bytes(field[1:], "big")
    found = _OCTAL.fullmatch(field)
    if not found:
        raise TarError("a size is damaged")
    return int(found[1] or b"0", 8)


def _decimal(digits: bytes) -> int:
    if not digits.isdigit() or len(digits) > 15:  # noqa: PLR2004 - petabytes
        raise TarError("a number is damaged")
    return int(digits)


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]
