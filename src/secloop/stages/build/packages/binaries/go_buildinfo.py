"""Go's build information in a program (https://pkg.go.dev/debug/buildinfo): the modules it was linked from.

Since Go 1.18 the two texts (Go's version, modules) follow the header; before, the header points at them.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import MAX_PACKAGES, RUNTIME, Package
from secloop.stages.build.packages.golang.go_mod import STDLIB

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.stages.build.packages.binaries.objects import Object

_MAGIC = b"\xff Go buildinf:"
_ALIGNED = 16
_INLINE_AT, _POINTERS_AT = 32, 16
_BIG, _INLINE = 1, 2
_MAX_TRIES = 64
_MAX_VERSION, _MAX_MODULES = 256, 16 << 20
_FRAME = 16  # bytes before and after the modules, by which the linker finds them
_RELEASE = lazy(r"go(\d[\w.]*)")
_LINKED = lazy(r"-X[ =]['\"]?([\w./~-]++)=v?(\d++(?:\.\d++)++[\w.+-]*+)")
_DEVELOPED = "(devel)"


class BuildInfo(NamedTuple):
    """What a program says: `go` is the version of Go, `modules` the lines that follow (`mod`, `dep`, `build` ...)."""

    go: str
    modules: str


def find(data: bytes, found: Object) -> BuildInfo | None:
    """Return the build information of a program, None when it has none. Total over all bytes."""
    sections = [one for one in found.sections if one.name in {".go.buildinfo", "__go_buildinfo"}]
    starts = [(found.start + one.offset, found.start + one.offset + one.size) for one in sections]
    for start, end in starts or [(found.start, len(data))]:
        at = data.find(_MAGIC, start, end)
        for _ in range(_MAX_TRIES):
            if at < 0:
                break
            if (told := _at(data, at, found)) is not None:
                return told
            at = data.find(_MAGIC, at + 1, end)
    return None


def _at(data: bytes, at: int, found: Object) -> BuildInfo | None:
    try:
        flags = data[at + 15]
        if flags & _INLINE:
            go, after = _inline(data, at + _INLINE_AT, _MAX_VERSION)
            modules, _ = _inline(data, after, _MAX_MODULES)
        else:
            size, order = data[at + 14], ">" if flags & _BIG else "<"
            go = _pointed(data, at + _POINTERS_AT, size, order, found)
            modules = _pointed(data, at + _POINTERS_AT + size, size, order, found)
    except (struct.error, IndexError, KeyError):
        return None
    version = go.decode("utf-8", "replace")
    if not version.startswith(("go", "devel")):
        return None
    framed = len(modules) > 2 * _FRAME and modules[-_FRAME - 1 : -_FRAME] == b"\n"
    return BuildInfo(version, modules[_FRAME:-_FRAME].decode("utf-8", "replace") if framed else "")


def _inline(data: bytes, at: int, limit: int) -> tuple[bytes, int]:
    """Return the text at `at`, which a varint gives the length of, and where it ends. Raises: IndexError."""
    size = shift = 0
    while True:
        byte = data[at]
        at += 1
        size |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80 or shift > 28:  # noqa: PLR2004 - four bytes are more than enough
            break
    if size > limit or at + size > len(data):
        raise IndexError(size)
    return data[at : at + size], at + size


def _pointed(data: bytes, at: int, size: int, order: str, found: Object) -> bytes:
    """Return the text whose Go string header (pointer, length) is pointed at.

    Raises: KeyError, IndexError, struct.error.
    """
    number = struct.Struct(order + {4: "I", 8: "Q"}[size])
    header = found.place(number.unpack_from(data, at)[0], 2 * size)
    if header < 0:
        raise IndexError(header)
    start, length = number.unpack_from(data, header)[0], number.unpack_from(data, header + size)[0]
    place = found.place(start, length)
    if length > _MAX_MODULES or (place < 0 and length):
        raise IndexError(length)
    return data[place : place + length] if length else b""


def packages(told: BuildInfo) -> list[Package]:
    """Return Go's library, the modules linked in, and the main module, which needs them all."""
    main: tuple[str, str] | None = None
    dependencies: list[tuple[str, str]] = []
    flags = ""
    for kind, fields in _lines(told.modules):
        path, version = fields[0], fields[1] if len(fields) > 1 else ""
        if kind == "mod":
            main = (path, version)
        elif kind == "dep" and len(dependencies) < MAX_PACKAGES:
            dependencies.append((path, version))
        elif kind == "=>" and dependencies:
            dependencies[-1] = (path, version)
        elif kind == "build" and path.startswith("-ldflags="):
            flags = path
    go = _RELEASE.match(told.go)
    out = [Package(key=STDLIB, name=STDLIB, version=go[1] if go else "", direct=True, scope=RUNTIME)]
    out += [Package(key=f"{path}@{n}", name=path, version=version) for n, (path, version) in enumerate(dependencies)]
    if main and main[0]:
        path, version = main
        version = _linked_version(flags, path) if version in {"", _DEVELOPED} else version
        needs = tuple(package.key for package in out)
        out.insert(0, Package(key=f"{path}@", name=path, version=version, needs=needs, direct=True))
    return out


def _lines(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield (kind, fields) for each line of a known form: fields are parted by tabs."""
    for line in text.split("\n"):
        kind, tab, rest = line.partition("\t")
        if tab and rest:
            yield kind, rest.split("\t")


def _linked_version(flags: str, module: str) -> str:
    """Return the version that `-X package.Version=1.2.3` set in package main or one of the module, else nothing."""
    for name, version in _LINKED.findall(flags):
        package, _, variable = name.rpartition(".")
        if variable.lower() == "version" and (package == "main" or f"{package}/".startswith(f"{module}/")):
            return f"v{version}"
    return ""
