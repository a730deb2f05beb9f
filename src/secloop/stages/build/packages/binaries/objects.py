"""Where the sections of an executable file are: ELF, PE and Mach-O, as far as needed to find one by name.

Total over all bytes: a damaged file has the sections that could be read.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_ELF, _PE = b"\x7fELF", b"MZ"
_MACHO = {b"\xce\xfa\xed\xfe": ("<", 32), b"\xcf\xfa\xed\xfe": ("<", 64), b"\xfe\xed\xfa\xce": (">", 32),
          b"\xfe\xed\xfa\xcf": (">", 64)}  # fmt: skip
_FAT = b"\xca\xfe\xba\xbe"
_MAX_ARCHITECTURES = 20
"""A fat file has fewer; a Java class, which starts alike, has its version (45 and more) in their place."""
_MAX_COMMANDS = 4096
_MAX_SECTIONS = 8192
_SEGMENT, _SEGMENT_64 = 0x1, 0x19


class Section(NamedTuple):
    """A section: its place in the file, and the address that it is loaded at."""

    name: str
    address: int
    offset: int
    size: int


class Object(NamedTuple):
    """An executable of one architecture: where it starts in the file, its byte order, and its sections."""

    start: int
    order: str
    sections: tuple[Section, ...]

    def place(self, address: int, size: int) -> int:
        """Return the offset in the file of `size` bytes loaded at `address`, -1 when they are in no section."""
        for one in self.sections:
            if one.address <= address and address + size <= one.address + one.size:
                return self.start + one.offset + address - one.address
        return -1


def is_program(head: bytes) -> bool:
    """Return whether a file that starts with these bytes may be an executable."""
    if head.startswith(_FAT):
        return 0 < int.from_bytes(head[4:8], "big") < _MAX_ARCHITECTURES
    return head.startswith((_ELF, _PE, *_MACHO))


def objects(data: bytes) -> Iterator[Object]:
    """Yield the executables of a file: one, or one an architecture in a fat file."""
    if not data.startswith(_FAT):
        yield _object(data, 0)
        return
    count = min(int.from_bytes(data[4:8], "big"), _MAX_ARCHITECTURES)
    for at in range(8, 8 + 20 * count, 20):
        start = int.from_bytes(data[at + 8 : at + 12], "big")
        if 0 < start < len(data):
            yield _object(data, start)


def _object(data: bytes, start: int) -> Object:
    found: list[Section] = []
    order = "<"
    try:
        if data.startswith(_ELF, start):
            order = "<" if data[start + 5] == 1 else ">"
            found.extend(_elf(data, order))
        elif data.startswith(_PE, start):
            found.extend(_pe(data))
        elif (magic := data[start : start + 4]) in _MACHO:
            order, bits = _MACHO[magic]
            found.extend(_macho(data, start, order, bits))
    except (struct.error, IndexError, OverflowError):
        pass  # cut off, or a place beyond any file: what was read before counts
    return Object(start, order, tuple(found))


def _elf(data: bytes, order: str) -> Iterator[Section]:
    """Yield the sections of an ELF file (https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.sheader.html)."""
    wide = data[4] == 2  # noqa: PLR2004 - ELFCLASS64
    table = struct.unpack_from(f"{order}Q" if wide else f"{order}I", data, 40 if wide else 32)[0]
    size, count, names = struct.unpack_from(f"{order}HHH", data, 58 if wide else 46)
    row = struct.Struct(f"{order}IIQQQQ" if wide else f"{order}IIIIII")
    rows = [row.unpack_from(data, table + n * size) for n in range(min(count, _MAX_SECTIONS)) if size >= row.size]
    if not names < len(rows):
        return
    strings = rows[names][4]
    for name, kind, _, address, offset, length in rows:
        if kind != 8:  # noqa: PLR2004 - SHT_NOBITS takes no place in the file
            yield Section(_text(data, strings + name), address, offset, length)


def _pe(data: bytes) -> Iterator[Section]:
    """Yield the sections of a PE file (https://learn.microsoft.com/windows/win32/debug/pe-format)."""
    head = struct.unpack_from("<I", data, 60)[0]
    if data[head : head + 4] != b"PE\0\0":
        return
    count, optional = struct.unpack_from("<H", data, head + 6)[0], struct.unpack_from("<H", data, head + 20)[0]
    wide = struct.unpack_from("<H", data, head + 24)[0] == 0x20B  # noqa: PLR2004 - PE32+
    base = struct.unpack_from("<Q" if wide else "<I", data, head + (48 if wide else 52))[0]
    for n in range(min(count, _MAX_SECTIONS)):
        name, _, address, size, offset = struct.unpack_from("<8sIIII", data, head + 24 + optional + 40 * n)
        yield Section(name.rstrip(b"\0").decode("latin-1"), base + address, offset, size)


def _macho(data: bytes, start: int, order: str, bits: int) -> Iterator[Section]:
    """Yield the sections of a Mach-O file (<mach-o/loader.h>)."""
    wide = bits == 64  # noqa: PLR2004 - bits
    at = start + (32 if wide else 28)
    number = struct.Struct(f"{order}I")
    budget = _MAX_SECTIONS
    for _ in range(min(number.unpack_from(data, start + 16)[0], _MAX_COMMANDS)):
        command, size = number.unpack_from(data, at)[0], number.unpack_from(data, at + 4)[0]
        if command in {_SEGMENT, _SEGMENT_64}:
            row = struct.Struct(f"{order}16s16sQQI" if wide else f"{order}16s16sIII")
            first, step = (72, 80) if wide else (56, 68)
            count = min(number.unpack_from(data, at + (64 if wide else 48))[0], budget)
            budget -= count
            for n in range(count):
                name, _, address, length, offset = row.unpack_from(data, at + first + n * step)
                yield Section(name.rstrip(b"\0").decode("latin-1"), address, offset, length)
        if size < 8:  # noqa: PLR2004 - a command's own head
            return
        at += size


def _text(data: bytes, at: int) -> str:
    end = data.find(b"\0", at, at + 64)
    return data[at : max(end, at)].decode("latin-1")
