"""Bun's binary lock `bun.lockb` in its format 2: packages as columns, then buffers they point into.

The layout is that of the structures of Bun itself (oven-sh/bun, src/install/lockfile/bun.lockb.zig): 8-byte strings are
inline or a place in the last buffer; a package's dependencies and their resolutions are slices of equal length.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from secloop.stages.build.packages.base import DEV, OPTIONAL, RUNTIME, SCOPES, Extracted, Package, UnreadableError
from secloop.stages.build.packages.javascript.names import origin_of, without_credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER = b"#!/usr/bin/env bun\nbun-lockfile-format-v0\n"
MAX_ENTRIES = 500_000
"""Packages, and dependencies of all packages together, in one lock."""

_FORMAT = 2
_NAME, _HASH, _RESOLUTION, _SLICE, _META = 8, 8, 64, 8, 88  # bytes of the columns
_DEPENDENCY = 26  # name, its hash, behaviour, kind, wish
_BEHAVIOUR, _WISH = 16, 18
_INTEGRITY, _SCRIPT = 20, 85  # places in the metadata
_DIGESTS = {1: ("sha1", 20), 2: ("sha256", 32), 3: ("sha384", 48), 4: ("sha512", 64)}
_RUNS_SCRIPT = 2
_BUFFERS = 6  # trees, hoisted dependencies, resolutions, dependencies, external strings, bytes of strings
_ROOT, _NPM, _FOLDER, _ARCHIVE, _GITHUB, _GITLAB, _GIT, _LINK, _WORKSPACE, _REMOTE = 1, 2, 4, 8, 16, 24, 32, 64, 72, 80
_OWN = frozenset({_ROOT, _FOLDER, _LINK, _WORKSPACE})
_HOSTS = {_GITHUB: "https://github.com/", _GITLAB: "https://gitlab.com/", _GIT: ""}
_OPTIONAL, _DEV, _PEER = 4, 8, 16  # bits of the behaviour
_FAR = 1 << 31


class _Need(NamedTuple):
    package: int
    wish: str
    behaviour: int


def read(data: bytes) -> Extracted:
    """Return the packages with edges, hashes and origins. Raises: UnreadableError."""
    try:
        return _Lock(data).read()
    except struct.error as error:
        raise UnreadableError("not usable lock of Bun: it is cut off") from error


class _Lock:
    def __init__(self, data: bytes) -> None:
        if not data.startswith(HEADER):
            raise UnreadableError("not a binary lock of Bun")
        self._data = data
        at = len(HEADER)
        number = struct.unpack_from("<I", data, at)[0]
        if number != _FORMAT:
            raise UnreadableError(f"format {number} of Bun's binary lock; run `bun install --save-text-lockfile`")
        _, self._count, _, _, begin, end = struct.unpack_from("<QQQQQQ", data, at + 36)
        if self._count > MAX_ENTRIES or end > len(data):
            raise UnreadableError("not usable lock of Bun: too many packages, or it is cut off")
        self._columns = self._places(begin)
        self._buffers = list(self._slices(end))

    def _places(self, at: int) -> list[int]:
        """Return where the columns start: names, hashes, resolutions, dependencies, what they resolve to, metadata."""
        places = []
        for width in (_NAME, _HASH, _RESOLUTION, _SLICE, _SLICE, _META):
            places.append(at)
            at += width * self._count
        if at > len(self._data):
            raise UnreadableError("not usable lock of Bun: it is cut off")
        return places

    def _slices(self, at: int) -> Iterator[tuple[int, int]]:
        """Yield start and end of the buffers, which follow one another, each after its own start and end."""
        for _ in range(_BUFFERS):
            start, end = struct.unpack_from("<QQ", self._data, at)
            if not at <= start <= end <= len(self._data):
                raise UnreadableError("not usable lock of Bun: a part of it lies outside")
            yield start, end
            at = end

    def read(self) -> Extracted:
        """Return what the lock holds. Package 0 is the project."""
        kinds = [self._data[self._columns[2] + n * _RESOLUTION] for n in range(self._count)]
        needs = self._all_needs()
        roots: dict[str, str] = {}
        wished: dict[int, str] = {}
        for n, kind in enumerate(kinds):
            for need in needs[n] if kind in _OWN else ():
                scope = _scope(need.behaviour)
                key = str(need.package)
                roots[key] = min(scope, roots.get(key, scope), key=SCOPES.index)
                wished.setdefault(need.package, without_credentials(need.wish))  # empty: `^` and the version
        packages = [self._package(n, kind, needs[n], wished.get(n)) for n, kind in enumerate(kinds) if n]
        return Extracted(packages=tuple(found for found in packages if found.name), roots=roots)

    def _all_needs(self) -> list[list[_Need]]:
        needs, total = [], 0
        for n in range(self._count):
            needs.append(list(self._needs(n, MAX_ENTRIES - total)))
            total += len(needs[-1])
        return needs

    def _needs(self, n: int, most: int) -> Iterator[_Need]:
        first, length = struct.unpack_from("<II", self._data, self._columns[3] + n * _SLICE)
        resolved, same = struct.unpack_from("<II", self._data, self._columns[4] + n * _SLICE)
        for k in range(min(length, same, most)):
            at = self._buffers[3][0] + (first + k) * _DEPENDENCY
            place = self._buffers[2][0] + (resolved + k) * 4
            if at + _DEPENDENCY > self._buffers[3][1] or place + 4 > self._buffers[2][1]:
                return
            package = struct.unpack_from("<I", self._data, place)[0]
            if 0 < package < self._count:
                yield _Need(package, self._text(at + _WISH), self._data[at + _BEHAVIOUR])

    def _package(self, n: int, kind: int, needs: list[_Need], wish: str | None) -> Package:
        at = self._columns[2] + n * _RESOLUTION + 8
        name = self._text(self._columns[0] + n * _NAME)
        meta = self._columns[5] + n * _META
        algorithm, size = _DIGESTS.get(self._data[meta + _INTEGRITY], ("", 0))
        digest = self._data[meta + _INTEGRITY + 1 : meta + _INTEGRITY + 1 + size].hex()
        version = self._version(at + 8) if kind == _NPM else ""
        return Package(
            key=str(n),
            name=name,
            version=version,
            needs=tuple(dict.fromkeys(str(need.package) for need in needs)),
            own=kind in _OWN,
            constraint=f"^{version}" if wish == "" and version else wish or "",
            origin=self._origin(at, kind, name),
            hashes=(f"{algorithm}:{digest}",) if algorithm else (),
            install_script=self._data[meta + _SCRIPT] == _RUNS_SCRIPT,
        )

    def _version(self, at: int) -> str:
        numbers = struct.unpack_from("<III", self._data, at)
        before, build = self._text(at + 16), self._text(at + 32)
        return ".".join(map(str, numbers)) + (f"-{before}" if before else "") + (f"+{build}" if build else "")

    def _origin(self, at: int, kind: int, name: str) -> str:
        """Return the registry, archive or repository with its commit; empty for the public registry and for folders."""
        if kind in {_NPM, _REMOTE}:
            return origin_of(self._text(at), name)
        if kind not in _HOSTS:
            return ""
        owner, repository, wish, resolved = (self._text(at + 8 * n) for n in range(4))
        commit = resolved.rpartition("-")[2] or wish
        address = f"{_HOSTS[kind]}{owner}/{repository}" if owner else repository
        return origin_of(f"{address}#{commit}" if commit else address, name)

    def _text(self, at: int) -> str:
        """Return the string at a place: up to 8 bytes there, or where its 8 bytes point."""
        start, length = struct.unpack_from("<II", self._data, at)
        if not length & _FAR:
            return self._data[at : at + 8].split(b"\0", 1)[0].decode("utf-8", "replace")
        begin, end = self._buffers[5]
        found = self._data[begin + start : min(end, begin + start + (length & ~_FAR))]
        return found.decode("utf-8", "replace")


def _scope(behaviour: int) -> str:
    if behaviour & _DEV:
        return DEV
    return OPTIONAL if behaviour & _OPTIONAL else RUNTIME
