r"""The acceptance kit of sensors: what every sensor must survive, for the authors of new ones.

from secloop.scan.testing import observe, problems

def test_sensor_is_well_behaved() -> None:
    assert problems(MySensor, "app/config.py", b'password = "..."\\n') == []
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from secloop.model.coverage import Partial, Skipped
from secloop.model.places import place_line
from secloop.rules.base import RuleSet
from secloop.scan.base import Settings
from secloop.scan.engine import scan
from secloop.scan.sources import MemorySource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from secloop.model.finding import Observation
    from secloop.scan.base import GroupUnit, Sensor, SourceFile
    from secloop.scan.collect import ScanResult

_HUGE = 1 << 19
_LONG_LINE = 1 << 18
_DEPTH = 20_000
_SHIFT = 3


def observe(
    sensors: Sequence[Sensor],
    files: Mapping[str, bytes],
    *,
    settings: Settings | None = None,
    rules: RuleSet | None = None,
    jobs: int = 1,
) -> ScanResult:
    """Return what `sensors` see in `files` (path -> content), by the engine of `secloop scan`, without a cache."""
    return scan(MemorySource(files), sensors, settings or Settings(), rules or RuleSet([]), jobs=jobs)


def hostile(path: str, sample: bytes) -> dict[str, dict[str, bytes]]:
    """Return named cases, each a tree: `sample`, which the sensor finds something in at `path`, made hard to read."""
    repeats = _HUGE // max(len(sample), 1)
    return {
        "empty": {path: b""},
        "only newlines": {path: b"\n" * 10_000},
        "NUL bytes": {path: b"\0" * 5_000},
        "invalid UTF-8": {path: b"\xff\xfe\xc3\x28\x80" * 1_000 + sample},
        "cut in half": {path: sample[: len(sample) // 2]},
        "carriage returns": {path: sample.replace(b"\n", b"\r\n")},
        "byte order mark": {path: b"\xef\xbb\xbf" + sample},
        "deep nesting": {path: b"[" * _DEPTH + b"{" * _DEPTH + b"(" * _DEPTH},
        "one long line": {path: b"a" * _LONG_LINE + sample},
        "huge": {path: sample * repeats},
        "odd names": {f"{name}/{path}": sample for name in ("with space", "newline\n", "\u202eevil", "-rf", "x" * 200)},
    }


def problems(
    make: Callable[[], Sensor],
    path: str,
    sample: bytes,
    *,
    settings: Settings | None = None,
    rules: RuleSet | None = None,
    repeats: bool = True,
) -> list[str]:
    """Return what is wrong with a sensor, one line each; empty when it is well behaved.

    `make` returns a fresh sensor that finds something in `sample`, whole lines of a file at `path`. Checked: nothing
    hostile makes it fail (what it says itself, by Partial or Skipped, is no failure), the same input gives the same
    answer, a find at the very start and the very end of a file is seen at the right line, and repeats are seen again.
    `repeats` is false for a sensor that reports the same thing in one file once.
    """
    said: set[str] = set()

    def see(files: Mapping[str, bytes]) -> ScanResult:
        return observe([_Listener(make(), said)], files, settings=settings, rules=rules)

    return [
        *_failures(see, path, sample, said),
        *_differences(see, path, sample),
        *_misplacements(see, path, sample, repeats=repeats),
    ]


class _Listener:
    """A sensor that passes everything on, and notes the reasons the inner one gives for what it left out."""

    def __init__(self, inner: Sensor, said: set[str]) -> None:
        self.info = inner.info
        self.configure, self.wants, self.group, self.finish = inner.configure, inner.wants, inner.group, inner.finish
        self._inner = inner
        self._said = said

    def scan(self, unit: SourceFile | GroupUnit) -> Iterator[Observation]:
        for observation in self._inner.scan(unit):
            if isinstance(observation, Partial | Skipped):
                self._said.add(observation.reason)
            yield observation


def _failures(
    see: Callable[[Mapping[str, bytes]], ScanResult], path: str, sample: bytes, said: set[str]
) -> Iterator[str]:
    for name, files in hostile(path, sample).items():
        for gap in see(files).gaps:
            if gap.incomplete and gap.reason not in said:
                yield f"{name}: {gap.outcome.value}: {gap.reason}"


def _differences(see: Callable[[Mapping[str, bytes]], ScanResult], path: str, sample: bytes) -> Iterator[str]:
    first, second = see({path: sample}), see({path: sample})
    if msgspec.msgpack.encode(first) != msgspec.msgpack.encode(second):
        yield "the same input gave two answers"
    alone = {finding.rule for finding in first.findings}
    for finding in see({path: sample, f"other/{path}": sample}).findings:
        if finding.rule not in alone:
            yield f"{finding.rule}: found only when another file is there"


def _misplacements(
    see: Callable[[Mapping[str, bytes]], ScanResult], path: str, sample: bytes, *, repeats: bool
) -> Iterator[str]:
    lines = _lines(see({path: sample}))
    if not lines:
        yield "the sample gives no finding"
        return
    if _lines(see({path: sample.rstrip(b"\n")})) != lines:
        yield "a find at the very end of a file, without a newline, is lost or misplaced"
    shifted = _lines(see({path: b"\n" * _SHIFT + sample}))
    if shifted != [line + _SHIFT for line in lines]:
        yield f"behind {_SHIFT} empty lines, finds at lines {lines} are at {shifted}"
    twice = _lines(see({path: sample + b"\n" + sample}))
    if repeats and len(twice) < 2 * len(lines):
        yield f"a repeat is not seen: {len(lines)} finds once, {len(twice)} when the sample stands there twice"


def _lines(result: ScanResult) -> list[int]:
    return sorted(place_line(finding.place) or 0 for finding in result.findings)
