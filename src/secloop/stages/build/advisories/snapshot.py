"""The compact snapshot: a folder of `<Ecosystem>.jsonl.gz`, with `epss.csv.gz` and `kev.json.gz` beside them.

One JSON object a line and package: `id`, `al` aliases, `pkg`, `r` ranges as [type, [event letter, version] ...], `c`
vulnerable range expressions, `v` versions, `sev` a CVSS vector or a word, `cwe`, `date`, `wd` withdrawn.
"""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING, Any

import msgspec

from secloop.model.errors import UsageError
from secloop.stages.build.advisories.base import Advisory, Exploitation
from secloop.stages.build.advisories.ranges import intervals_of, intervals_of_constraint
from secloop.stages.build.purl import package_name
from secloop.stages.build.versions.base import ECOSYSTEMS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from secloop.stages.build.advisories.base import Interval

_EVENTS = {"i": "introduced", "f": "fixed", "l": "last_affected", "m": "limit"}
_MAX_BYTES = 1 << 30
_MAX_LINE = 16 << 20
_EPSS_PARTS = 3
_FIRST_DAY = "1970-01-01"  # some sources write 0001-01-01 for unknown

# retire.js names browser libraries, not packages; these names mean the npm package of the same name.
_LIBRARIES = "JavaScript"
_SAME_ON_NPM = frozenset(
    [
        *(
            "@angular/core",
            "axios",
            "blueimp-file-upload",
            "bootstrap",
            "bootstrap-select",
            "c3",
            "chart.js",
            "ckeditor5",
        ),
        *("echarts", "handlebars", "highcharts", "jquery-migrate", "jquery-validation", "jquery.terminal", "jszip"),
        *(
            "knockout",
            "lodash",
            "markdown-it",
            "marked",
            "mathjax",
            "react",
            "react-dom",
            "select2",
            "svelte",
            "swiper",
        ),
        *("ua-parser-js", "video.js", "vue", "zrender"),
    ],
)


class _Row(msgspec.Struct):
    """One line of the snapshot."""

    id: str
    pkg: str
    al: list[str] = []
    r: list[list[Any]] = []
    c: list[str] = []
    v: list[str] = []
    sev: str = ""
    cwe: list[str] = []
    date: str = ""
    wd: bool = False


def is_snapshot(folder: Path) -> bool:
    """Return whether `folder` holds a compact snapshot."""
    return any(folder.glob("*.jsonl.gz"))


def read_advisories(folder: Path) -> Iterator[Advisory | str]:
    """Yield the advisories of the ecosystems that can be ordered here, and one line for each row that cannot be read.

    Raises: UsageError when a file is damaged.
    """
    for file in sorted(folder.glob("*.jsonl.gz")):
        ecosystem = file.name.removesuffix(".jsonl.gz")
        if ecosystem not in {*ECOSYSTEMS, _LIBRARIES}:
            continue
        for number, line in enumerate(_lines(file), 1):
            if line.strip():
                yield from _of_line(line, ecosystem, f"{file.name}:{number}")


def _of_line(line: bytes, ecosystem: str, place: str) -> Iterator[Advisory | str]:
    try:
        row = msgspec.json.decode(line, type=_Row)
        if ecosystem != _LIBRARIES:
            yield _advisory(row, ecosystem)
        elif row.pkg in _SAME_ON_NPM:
            yield _advisory(row, "npm")
    except (ValueError, RecursionError) as error:
        yield f"{place}: {error}"


def _advisory(row: _Row, ecosystem: str) -> Advisory:
    is_vector = "/" in row.sev
    return Advisory(
        id=row.id,
        ecosystem=ecosystem,
        package=package_name(ecosystem, row.pkg),
        aliases=tuple(row.al),
        intervals=(*_ranges(row, ecosystem), *(i for text in row.c for i in intervals_of_constraint(text))),
        versions=tuple(row.v),
        vectors=(row.sev,) if is_vector else (),
        severity="" if is_vector else row.sev.lower(),
        cwe=tuple(sorted({int(name[4:]) for name in row.cwe if name[4:].isdigit()})),
        date=row.date if row.date >= _FIRST_DAY else "",
        withdrawn=row.wd,
    )


def _ranges(row: _Row, ecosystem: str) -> Iterator[Interval]:
    for _, *events in row.r:
        yield from intervals_of(ecosystem, ((_EVENTS.get(event[0], ""), event[1]) for event in events))


def read_exploitation(folder: Path) -> dict[str, Exploitation]:
    """Return EPSS and KEV facts by CVE id; empty where the folder has none. Raises: UsageError for damaged files."""
    out: dict[str, Exploitation] = {}
    if (file := folder / "epss.csv.gz").is_file():
        for line in _lines(file):
            parts = line.decode("ascii", "replace").split(",")
            if len(parts) == _EPSS_PARTS and parts[0][:1].isdigit():
                out[f"CVE-{parts[0]}"] = Exploitation(epss=_share(parts[1]), percentile=_share(parts[2]))
    if (file := folder / "kev.json.gz").is_file():
        for cve, entry in _kev(file).items():
            known = out.get(cve, Exploitation())
            out[cve] = msgspec.structs.replace(
                known, kev=str(entry[0]) if isinstance(entry, list) and entry else "listed"
            )
    return out


def _kev(file: Path) -> dict[str, Any]:
    try:
        return msgspec.json.decode(b"".join(_lines(file)), type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise UsageError(f"Advisory source {file} is damaged: {error}", "Fetch it again") from error


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return -1.0
    return value if 0.0 <= value <= 1.0 else -1.0


def _lines(file: Path) -> Iterator[bytes]:
    """Yield the unpacked lines, within bounds on a line and on the whole. Raises: UsageError."""
    left = _MAX_BYTES
    if not file.is_file():
        raise UsageError(f"Advisory source {file} is no file", "Fetch it again")
    try:
        with gzip.open(file) as stream:
            while line := stream.readline(_MAX_LINE):
                left -= len(line)
                if left < 0 or len(line) == _MAX_LINE:
                    raise UsageError(f"Advisory source {file} unpacks beyond its bounds", "Check the source")
                yield line
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"Advisory source {file} cannot be read: {error}", "Fetch it again") from error
