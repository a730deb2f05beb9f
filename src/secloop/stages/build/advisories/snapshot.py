"""The compact snapshot: a folder of `<Ecosystem>.jsonl.gz`, with `epss.csv.gz` and `kev.json.gz` beside them.

One JSON object a line and package: `id`, `al` aliases, `pkg`, `r` ranges as [type, [event letter, version] ...], `c`
vulnerable range expressions, `s` safe ones, `v` versions, `sev` a CVSS vector or a word, `cwe`, `date`, `wd` withdrawn,
`sym` vulnerable functions by package path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from secloop.model.errors import UsageError
from secloop.stages.build.advisories.base import Advisory
from secloop.stages.build.advisories.constraints import intervals_beside, intervals_of_constraint, without
from secloop.stages.build.advisories.exploitation import joined, read_epss, read_kev
from secloop.stages.build.advisories.ranges import intervals_of
from secloop.stages.build.advisories.releases import advisory_key
from secloop.stages.build.advisories.severity import of_score
from secloop.stages.build.advisories.symbols import symbols_of_row
from secloop.stages.build.advisories.unpacking import lines, whole
from secloop.stages.build.purl import package_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from secloop.stages.build.advisories.base import Exploitation, Interval

_EVENTS = {"i": "introduced", "f": "fixed", "l": "last_affected", "m": "limit"}
_FIRST_DAY = "1970-01-01"  # some sources write 0001-01-01 for unknown

# retire.js names browser libraries, not packages; these names mean the npm package of the same name.
_LIBRARIES = "JavaScript"
_SAME_ON_NPM = frozenset({
    "@angular/core", "axios", "blueimp-file-upload", "bootstrap", "bootstrap-select", "c3", "chart.js", "ckeditor5",
    "dojo", "echarts", "handlebars", "highcharts", "jquery-deparam", "jquery-migrate", "jquery-validation",
    "jquery.terminal", "jszip", "knockout", "lodash", "markdown-it", "marked", "mathjax", "plupload", "react",
    "react-dom", "select2", "svelte", "swfobject", "swiper", "tableexport.jquery.plugin", "ua-parser-js", "video.js",
    "vue", "zrender",
})  # fmt: skip


class _Row(msgspec.Struct):
    """One line of the snapshot."""

    id: str
    pkg: str
    al: list[str] = []
    r: list[list[Any]] = []
    c: list[str] = []
    s: list[str] = []
    v: list[str] = []
    sev: str = ""
    cwe: list[str] = []
    date: str = ""
    wd: bool = False
    sym: Any = None


def is_snapshot(folder: Path) -> bool:
    """Return whether `folder` holds a compact snapshot."""
    return any(folder.glob("*.jsonl.gz"))


def read_advisories(folder: Path) -> Iterator[Advisory | str]:
    """Yield the advisories of the ecosystems that can be ordered here, and one line for each row that cannot be read.

    Raises: UsageError when a file is damaged.
    """
    for file in sorted(folder.glob("*.jsonl.gz")):
        ecosystem = file.name.removesuffix(".jsonl.gz")
        if ecosystem != _LIBRARIES and not advisory_key(ecosystem):
            continue
        for number, line in enumerate(lines(file), 1):
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
        intervals=tuple(_intervals(row, ecosystem)),
        versions=tuple(row.v),
        vectors=(row.sev,) if is_vector else (),
        severity="" if is_vector else _word(row.sev),
        cwe=tuple(sorted({int(name[4:]) for name in row.cwe if name[4:].isdigit()})),
        date=row.date if row.date >= _FIRST_DAY else "",
        withdrawn=row.wd,
        symbols=symbols_of_row(row.sym),
    )


def _word(severity: str) -> str:
    """Return a severity's word: some rows hold a CVSS score instead."""
    try:
        return of_score(float(severity)).value
    except ValueError:
        return severity.lower()


def _intervals(row: _Row, ecosystem: str) -> Iterator[Interval]:
    """Yield what a row says is affected; safe ranges narrow vulnerable ones, or stand alone where nothing else does.

    RubySec writes safe ranges only: a gem of which no version is safe has none.
    """
    for _, *events in row.r:
        yield from intervals_of(ecosystem, ((_EVENTS.get(event[0], ""), event[1]) for event in events))
    named = [interval for text in row.c for interval in intervals_of_constraint(text, ecosystem)]
    yield from without(named, row.s, ecosystem) if row.s else named
    if (row.s or ecosystem == "RubyGems") and not (row.r or row.c or row.v):
        yield from intervals_beside(row.s, ecosystem)


def read_exploitation(folder: Path) -> tuple[dict[str, Exploitation], str]:
    """Return EPSS and KEV facts by CVE id, and the newest day they name; empty where the folder has none.

    Raises: UsageError for damaged files.
    """
    out: dict[str, Exploitation] = {}
    days = [""]
    if (file := folder / "epss.csv.gz").is_file():
        out, day = read_epss(whole(file))
        days.append(day)
    if (file := folder / "kev.json.gz").is_file():
        listed, day = _kev(file)
        days.append(day)
        out |= {cve: joined(fact, out[cve]) if cve in out else fact for cve, fact in listed.items()}
    return out, max(days)


def _kev(file: Path) -> tuple[dict[str, Exploitation], str]:
    try:
        return read_kev(whole(file))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"Advisory source {file} is damaged: {error}", "Fetch it again") from error
