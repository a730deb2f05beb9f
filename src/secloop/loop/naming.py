"""Secrets in the names of files: masked before anything is shown or stored, in every output alike.

A name is looked at by the rules that look at contents. It is masked in the report itself, so that the terminal, files
and the store all say the same; ids and occurrences were made from the real name and stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from secloop.model.base import Record
from secloop.model.enums import Confidence, Kind
from secloop.model.places import CodeSpan
from secloop.scan.masking import mask_random

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from secloop.model.finding import Finding
    from secloop.model.report import Report
    from secloop.rules.base import RuleSet
    from secloop.scan.base import Settings

T = TypeVar("T")


class Names(Record, frozen=True):
    """What is shown in place of the names that hold a secret."""

    shown: Mapping[str, str]

    def mask(self, value: T, type_: type[T]) -> T:
        """Return a model value with the names masked wherever they stand in its texts."""
        if not self.shown:
            return value
        made: T = msgspec.convert(self._walk(msgspec.to_builtins(value)), type_)
        return made

    def text(self, text: str) -> str:
        """Return a text with the names masked."""
        for name, shown in self.shown.items():
            text = text.replace(name, shown)
        return text

    def _walk(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self._walk(item) for key, item in value.items()}
        return [self._walk(item) for item in value] if isinstance(value, (list, tuple)) else value


def mask_report(report: Report, settings: Settings, rules: RuleSet) -> Report:
    """Return a report without the secrets in the names of its files."""
    from secloop.model.report import Report

    return read_names(_names(report), settings, rules).mask(report, Report)


def read_names(names: Iterable[str], settings: Settings, rules: RuleSet) -> Names:
    """Return how to show names of files. Only those that hold a random-looking run cost a look by the rules."""
    odd = sorted({name for name in names if mask_random(name) != name}, key=lambda name: (-len(name), name))
    if not odd:
        return Names({})
    from secloop.scan.engine import scan
    from secloop.scan.sources import MemorySource
    from secloop.stages.code.secrets.sensor import SecretsSensor

    files = {f"{n}.txt": name.encode("utf-8", "replace") for n, name in enumerate(odd)}
    found: dict[str, list[Finding]] = {}
    for finding in scan(MemorySource(files), [SecretsSensor()], settings, rules, jobs=1).findings:
        if finding.kind is Kind.SECRET and finding.confidence.at_least(Confidence.MEDIUM):
            found.setdefault(getattr(finding.place, "file", ""), []).append(finding)
    return Names({name: _masked(name, found[key]) for key, name in zip(files, odd, strict=True) if key in found})


def _masked(name: str, findings: list[Finding]) -> str:
    spans = [(one.place, one.message.removeprefix(f"{one.title}: ")) for one in findings]
    for place, shown in sorted(spans, key=lambda pair: -getattr(pair[0], "column", 0)):
        if isinstance(place, CodeSpan) and place.line == place.end_line == 1:
            name = name[: place.column - 1] + shown + name[place.end_column - 1 :]
    return name


def _names(report: Report) -> Iterator[str]:
    yield from (row.file for row in report.findings if row.file)
    yield from (gap.file for gap in report.coverage.gaps)
    yield from (component.file for component in report.components)
    yield from (ignore.file for ignore in report.unused_ignores)
    yield from report.run.scope.paths
