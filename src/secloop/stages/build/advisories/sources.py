"""Advisory sources on disk: OSV records (file, folder, zip), the compact snapshot, EPSS, KEV, NVD and endoflife.date.

What a source is, is told by its content, never by its name alone.
"""

from __future__ import annotations

import hashlib
import os
import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from secloop.model.errors import UsageError
from secloop.stages.build.advisories import archives, osv, snapshot, unpacking
from secloop.stages.build.advisories.endoflife import Cycle, read_endoflife
from secloop.stages.build.advisories.exploitation import read_epss, read_kev
from secloop.stages.build.advisories.nvd import read_nvd

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from secloop.stages.build.advisories.base import Advisory, Exploitation

OSV, SNAPSHOT, EPSS, KEV, NVD, ENDOFLIFE = KINDS = ("osv", "snapshot", "epss", "kev", "nvd", "endoflife")
"""What a source can be; OSV and the snapshot hold advisories, the others say more about them."""

_HEAD = 1 << 16
_CHUNK = 1 << 20
_MARKS = (
    (EPSS, re.compile(rb"#model_version|cve,epss|(?:CVE-)?\d{4}-\d{4,},[\d.]+,[\d.]+")),
    (NVD, re.compile(rb'\{[^\[]*"format"\s*:\s*"NVD_CVE"')),
    (KEV, re.compile(rb'\{[^\[]*"catalogVersion"')),
    (KEV, re.compile(rb'\{"CVE-\d+-\d+"\s*:\s*\[')),
    (ENDOFLIFE, re.compile(rb'\{\s*"schema_version"[^\[]*"result"|\[\s*\{[^\[]*"cycle"\s*:')),
)
"""How the unpacked beginning of a file looks, by kind."""


@dataclass(slots=True)
class Import:
    """What reading a source gives. `vectors` are CVSS vectors by CVE; `day` is the day the source itself says."""

    kind: str = OSV
    advisories: list[Advisory] = field(default_factory=list)
    exploitation: dict[str, Exploitation] = field(default_factory=dict)
    vectors: dict[str, tuple[str, ...]] = field(default_factory=dict)
    cycles: tuple[Cycle, ...] = ()
    problems: list[str] = field(default_factory=list)
    day: str = ""

    @property
    def date(self) -> str:
        """The day of the newest content, empty where nothing says one."""
        return max((self.day, *(advisory.date for advisory in self.advisories)), default="")

    @property
    def count(self) -> int:
        """How many entries of its kind the source holds."""
        return len(self.advisories) or len(self.exploitation) or len(self.vectors) or len(self.cycles)


def kind_of(path: Path) -> str:
    """Return what a source is, one of `KINDS`; what looks like nothing else is OSV. Raises: UsageError."""
    if path.is_dir():
        return SNAPSHOT if snapshot.is_snapshot(path) else OSV
    if not path.is_file():  # a pipe would be waited for, a device read for ever
        raise UsageError(f"Advisory source {path} is no file", "Give an OSV file, folder, zip or snapshot")
    if zipfile.is_zipfile(path):
        return OSV
    start = unpacking.head(path, _HEAD).lstrip()
    return next((kind for kind, mark in _MARKS if mark.match(start)), OSV)


def read_source(path: Path) -> Import:
    """Return everything a source holds; single unreadable records are `problems`, one line each.

    Raises: UsageError when the source as a whole cannot be read or holds nothing of use.
    """
    kind = kind_of(path)
    out = Import(kind=kind)
    if kind == SNAPSHOT:
        _take(out, snapshot.read_advisories(path))
        out.exploitation, out.day = snapshot.read_exploitation(path)
    elif kind == OSV:
        _take(out, _records(path))
    else:
        _read_facts(out, path)
    if not out.count:
        first = f" ({out.problems[0]})" if out.problems else ""
        raise UsageError(
            f"Advisory source {path} holds no usable advisory{first}", "Give an OSV folder, zip or snapshot"
        )
    return out


def _take(out: Import, found: Iterable[Advisory | str]) -> None:
    for one in found:
        if isinstance(one, str):
            out.problems.append(one)
        else:
            out.advisories.append(one)


def _records(path: Path) -> Iterator[Advisory | str]:
    """Yield the advisories of an OSV source, and a line for each record that cannot be read."""
    for name, data in _files_of(path):
        try:
            yield from osv.read_record(data, name)
        except ValueError as error:
            yield f"{name}: {error}"


def _files_of(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.is_dir():
        yield from archives.from_folder(path)
    elif zipfile.is_zipfile(path):
        yield from archives.from_zip(path)
    else:
        yield path.name, archives.file_bytes(path)


def _read_facts(out: Import, path: Path) -> None:
    """Read a file that says more about advisories. Raises: UsageError."""
    try:
        if out.kind == EPSS:
            out.exploitation, out.day = read_epss(unpacking.whole(path))
        elif out.kind == KEV:
            out.exploitation, out.day = read_kev(unpacking.whole(path))
        elif out.kind == NVD:
            out.vectors, out.day = read_nvd(unpacking.whole(path))
        else:
            out.cycles, out.day = read_endoflife(unpacking.whole(path), path.name.partition(".")[0])
    except (ValueError, RecursionError) as error:
        raise UsageError(f"Advisory source {path} is damaged: {error}", "Fetch it again") from error


def fingerprint(paths: Sequence[Path]) -> str:
    """Return 32 hex digits over names, sizes and times of everything below `paths`: what an index was built from.

    Raises: UsageError for a path that does not exist.
    """
    h = hashlib.blake2b(digest_size=16)
    for path in paths:
        if not path.exists():
            raise UsageError(f"Advisory source {path} does not exist", "Check [build] advisories or --advisories")
        for file in _files(path):
            status = file.stat()
            h.update(f"{file}\0{status.st_size}\0{status.st_mtime_ns}\0".encode("utf-8", "surrogateescape"))
    return h.hexdigest()


def content_digest(path: Path) -> str:
    """Return `sha256:` over names and bytes of everything in a source; equal content gives equal digests anywhere."""
    h = hashlib.sha256()
    for file in _files(path):
        name = file.relative_to(path).as_posix() if path.is_dir() else ""
        h.update(f"{name}\0{file.stat().st_size}\0".encode("utf-8", "surrogateescape"))
        with file.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                h.update(chunk)
    return f"sha256:{h.hexdigest()}"


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        if path.is_file():
            yield path
        return
    for folder, folders, files in os.walk(path, followlinks=False):
        folders.sort()
        found = (Path(folder, name) for name in sorted(files) if name.endswith((*archives.RECORDS, ".gz")))
        yield from (file for file in found if file.is_file())
