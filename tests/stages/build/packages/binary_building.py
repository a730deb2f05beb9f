"""Builds the smallest executables that hold a section: ELF, PE and Mach-O, as bytes."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

BASE = 0x400000
"""The address that the start of the file is loaded at."""

HEAD = 0x200
"""Where the first section's content begins, in the file and after `BASE`."""

_Parts = list[tuple[str, int, int, bytes]]


def elf(sections: Sequence[tuple[str, bytes]], *, order: str = "<", wide: bool = True) -> bytes:
    """Return an ELF file with these sections (name, content)."""
    placed, body = _placed(sections)
    names = b"\0" + b"".join(name.encode() + b"\0" for name, _ in sections) + b".shstrtab\0"
    strings_at = HEAD + len(body)
    body += names
    row = f"{order}IIQQQQ" if wide else f"{order}IIIIII"
    size = 64 if wide else 40
    rows = [b"\0" * size]
    at = 1
    for name, offset, address, content in [*placed, (".shstrtab", strings_at, 0, names)]:
        rows.append(struct.pack(row, at, 1, 0, address, offset, len(content)).ljust(size, b"\0"))
        at += len(name) + 1
    head = bytearray(b"\x7fELF" + bytes([2 if wide else 1, 1 if order == "<" else 2]).ljust(HEAD - 4, b"\0"))
    struct.pack_into(f"{order}Q" if wide else f"{order}I", head, 40 if wide else 32, HEAD + len(body))
    struct.pack_into(f"{order}HHH", head, 58 if wide else 46, size, len(rows), len(rows) - 1)
    return bytes(head) + body + b"".join(rows)


def pe(sections: Sequence[tuple[str, bytes]]) -> bytes:
    """Return a PE32+ file with these sections."""
    placed, body = _placed(sections)
    head = bytearray(b"MZ".ljust(HEAD, b"\0"))
    struct.pack_into("<I", head, 60, 64)
    head[64:68] = b"PE\0\0"
    struct.pack_into("<H", head, 70, len(placed))
    struct.pack_into("<H", head, 84, 112)
    struct.pack_into("<H", head, 88, 0x20B)
    struct.pack_into("<Q", head, 112, BASE)
    for n, (name, offset, address, content) in enumerate(placed):
        row = struct.pack("<8sIIII", name.encode(), len(content), address - BASE, len(content), offset)
        head[88 + 112 + 40 * n : 88 + 112 + 40 * n + len(row)] = row
    return bytes(head) + body


def macho(sections: Sequence[tuple[str, bytes]], *, order: str = "<") -> bytes:
    """Return a 64-bit Mach-O file with these sections in one segment."""
    placed, body = _placed(sections)
    head = bytearray(HEAD)
    struct.pack_into(f"{order}IIIII", head, 0, 0xFEEDFACF, 0, 0, 2, 2)
    struct.pack_into(f"{order}II", head, 32, 0x1B, 24)  # a command that is no segment
    struct.pack_into(f"{order}II", head, 56, 0x19, 72 + 80 * len(placed))
    struct.pack_into(f"{order}I", head, 56 + 64, len(placed))
    for n, (name, offset, address, content) in enumerate(placed):
        row = struct.pack(f"{order}16s16sQQI", name.encode(), b"__DATA", address, len(content), offset)
        head[128 + 80 * n : 128 + 80 * n + len(row)] = row
    return bytes(head) + body


def fat(slices: Sequence[bytes]) -> bytes:
    """Return a fat file of Mach-O files."""
    head = struct.pack(">II", 0xCAFEBABE, len(slices))
    start, body = 4096, b""
    for one in slices:
        head += struct.pack(">IIIII", 0, 0, start + len(body), len(one), 12)
        body += one.ljust(len(one) + -len(one) % 4096, b"\0")
    return head.ljust(start, b"\0") + body


def _placed(sections: Sequence[tuple[str, bytes]]) -> tuple[_Parts, bytes]:
    placed: _Parts = []
    body = b""
    for name, content in sections:
        placed.append((name, HEAD + len(body), BASE + HEAD + len(body), content))
        body += content.ljust(len(content) + -len(content) % 16, b"\0")
    return placed, body
