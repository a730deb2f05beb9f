"""One package of an RPM database: a header of tagged values (https://rpm.org/docs/4.20.x/manual/format_header.html)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME, _VERSION, _RELEASE, _EPOCH, _LICENSE, _ARCH = 1000, 1001, 1002, 1003, 1014, 1022
_SOURCE_RPM, _PROVIDES, _REQUIRES, _MODULE = 1044, 1047, 1049, 5096
_FOLDER_INDEXES, _FILE_NAMES, _FOLDER_NAMES = 1116, 1117, 1118
_TEXTS = {_NAME, _VERSION, _RELEASE, _LICENSE, _ARCH, _SOURCE_RPM, _MODULE}
_LISTS = {_PROVIDES, _REQUIRES}
_INT32, _STRING, _STRINGS, _I18N = 4, 6, 8, 9
_START = struct.Struct(">II")
_ENTRY = struct.Struct(">IIII")
_MAX_ENTRIES = 4096
_MAX_LIST = 20_000


class Header(NamedTuple):
    """What is wanted of a package. `epoch` is empty for none; `source` is the file name of the source package."""

    name: str
    version: str
    release: str
    epoch: str
    arch: str
    licence: str
    source: str
    module: str
    provides: tuple[str, ...]
    requires: tuple[str, ...]


def parse(blob: bytes) -> Header | None:
    """Return what a header tells, None when it is damaged or has no name and version. Total over all bytes."""
    data, entries = _entries(blob)
    size = len(data)
    texts: dict[int, str] = {}
    lists: dict[int, tuple[str, ...]] = {}
    for tag, kind, offset, number in entries:
        if tag in _TEXTS and kind in {_STRING, _I18N}:
            texts[tag] = _text(data, offset)
        elif tag == _EPOCH and kind == _INT32 and offset + 4 <= size:
            texts[tag] = str(int.from_bytes(data[offset : offset + 4], "big"))
        elif tag in _LISTS and kind == _STRINGS:
            lists[tag] = _list(data, offset, number)
    if not texts.get(_NAME) or not texts.get(_VERSION):
        return None
    return Header(
        name=texts[_NAME],
        version=texts[_VERSION],
        release=texts.get(_RELEASE, ""),
        epoch=texts.get(_EPOCH, ""),
        arch=texts.get(_ARCH, ""),
        licence=texts.get(_LICENSE, ""),
        source=texts.get(_SOURCE_RPM, ""),
        module=texts.get(_MODULE, ""),
        provides=lists.get(_PROVIDES, ()),
        requires=lists.get(_REQUIRES, ()),
    )


def files_of(blob: bytes) -> Iterator[tuple[str, str]]:
    """Yield (package, path) for each file of a package; nothing for a damaged header. Total over all bytes."""
    data, entries = _entries(blob)
    name = ""
    names: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    indexes: tuple[int, ...] = ()
    for tag, kind, offset, number in entries:
        if tag == _NAME and kind == _STRING:
            name = _text(data, offset)
        elif tag == _FILE_NAMES and kind == _STRINGS:
            names = _list(data, offset, number)
        elif tag == _FOLDER_NAMES and kind == _STRINGS:
            folders = _list(data, offset, number)
        elif tag == _FOLDER_INDEXES and kind == _INT32:
            many = max(0, min(number, _MAX_LIST, (len(data) - offset) // 4))
            indexes = struct.unpack_from(f">{many}I", data, offset) if many else ()
    for file, index in zip(names, indexes, strict=False):
        if index < len(folders):
            yield name, folders[index] + file


def _entries(blob: bytes) -> tuple[bytes, list[tuple[int, int, int, int]]]:
    """Return a header's values, and (tag, type, offset, count) of each; nothing for a damaged one."""
    if len(blob) < _START.size:
        return b"", []
    count, size = _START.unpack_from(blob)
    store = _START.size + count * _ENTRY.size
    if count > _MAX_ENTRIES or store + size > len(blob):
        return b"", []
    return blob[store : store + size], [_ENTRY.unpack_from(blob, at) for at in range(_START.size, store, _ENTRY.size)]


def _text(data: bytes, offset: int) -> str:
    end = data.find(b"\0", offset)
    return data[offset : end if end >= 0 else len(data)].decode("utf-8", "replace")


def _list(data: bytes, offset: int, count: int) -> tuple[str, ...]:
    out: list[str] = []
    for _ in range(min(count, _MAX_LIST)):
        end = data.find(b"\0", offset)
        if end < 0:
            break
        out.append(data[offset:end].decode("utf-8", "replace"))
        offset = end + 1
    return tuple(out)
