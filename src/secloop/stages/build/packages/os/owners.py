"""Which package of the operating system a file belongs to: the lists that dpkg, apk and RPM keep of what they unpacked.

A library that a distribution ships keeps its version when the distribution repairs it, so whether it is vulnerable is
for the distribution's own advisories to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.build.packages.os.rpm_header import files_of
from secloop.stages.build.packages.os.rpm_stores import headers

if TYPE_CHECKING:
    from collections.abc import Iterator

_DPKG = lazy(r"var/lib/dpkg/info/([^/:]+)(?::[^/]+)?\.list")
_DISTROLESS = lazy(r"var/lib/dpkg/status\.d/([^/]+)\.md5sums")
_APK = lazy(r"(?:usr/|var/)?lib/apk/db/installed")
_RPM = lazy(r"(?:usr/lib/sysimage|usr/share|var/lib)/rpm/(?:rpmdb\.sqlite|Packages\.db|Packages)")
_MERGED = lazy(r"(?:bin|sbin|lib|lib32|lib64|libx32)/")
"""Folders that `/usr` has taken in (https://systemd.io/THE_CASE_FOR_THE_USR_MERGE/); lists still have the old names."""


def tells(path: str) -> bool:
    """Return whether the file at `path`, relative to the root, lists what packages own."""
    return any(one.fullmatch(path) for one in (_DPKG, _DISTROLESS, _APK, _RPM))


def owned(path: str, data: bytes) -> Iterator[tuple[str, str]]:
    """Yield (place, package) for each file that the list at `path` names; see `place`. Raises: UnreadableError."""
    if found := _DPKG.fullmatch(path):
        yield from ((place(line), found[1]) for line in _text(data).split("\n") if line)
    elif found := _DISTROLESS.fullmatch(path):
        yield from ((place(line.partition("  ")[2]), found[1]) for line in _text(data).split("\n") if line)
    elif _APK.fullmatch(path):
        yield from _apk(_text(data))
    elif _RPM.fullmatch(path):
        for blob in headers(data):
            yield from ((place(file), name) for name, file in files_of(blob))


def place(path: str) -> str:
    """Return a path under the one name that it is compared by: without the leading slash, below `usr/` where merged."""
    inside = path.strip().lstrip("/")
    return f"usr/{inside}" if _MERGED.match(inside) else inside


def _apk(text: str) -> Iterator[tuple[str, str]]:
    """Yield the files (`R:`) of each package (`P:`), which stand below the folder before them (`F:`)."""
    package = folder = ""
    for line in text.split("\n"):
        kind, value = line[:2], line[2:].rstrip("\r")
        if kind == "P:":
            package, folder = value, ""
        elif kind == "F:":
            folder = value
        elif kind == "R:" and package:
            yield place(f"{folder}/{value}"), package


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
