"""Proposes the edits that rules have for their findings, each proved: the file with it is looked at again."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec.structs import replace

from secloop.model.coverage import Partial
from secloop.model.finding import Finding, Fix
from secloop.model.fix import FindingFixes, Proposal, encoding_of
from secloop.scan.base import FileMeta, SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from secloop.model.finding import Edit
    from secloop.model.fix import FixRequest
    from secloop.stages.test.sast.sensor import SastSensor

UNPROVED = "the edit that the rule has would not clear it: change it by hand"


class SastFixer(FindingFixes):
    """The fixer of the sast sensor, which must be configured before it proposes."""

    def __init__(self, sensor: SastSensor) -> None:
        """Hold the sensor, which looks at what the edits make of files."""
        super().__init__(sensor.info.name)
        self._sensor = sensor

    def proposals(self, request: FixRequest) -> Iterator[Proposal]:
        """Yield the proposals; one whose edit does not clear its finding, or breaks the file, is advice."""
        by_file: dict[str, list[Proposal]] = {}
        for one in super().proposals(request):
            by_file.setdefault(one.file, []).append(one)
        for file, wanted in by_file.items():
            data = request.read(file)
            yield from self._proved(file, data, wanted) if data is not None else wanted

    def _proved(self, file: str, data: bytes, wanted: Sequence[Proposal]) -> Iterator[Proposal]:
        """Prove all edits of a file at once, or else one by one."""
        before = self._seen(file, data)
        whole = self._clears(file, data, before, wanted)
        for one in wanted:
            if not one.fix.edits or whole or self._clears(file, data, before, [one]):
                yield one
            else:
                yield replace(one, fix=Fix(edits=(), safe=False), notes=(UNPROVED,))

    def _clears(self, file: str, data: bytes, before: Counter[str], wanted: Iterable[Proposal]) -> bool:
        edits = {(edit.start, edit.end, edit.text): edit for one in wanted for edit in one.fix.edits}
        changed = written(data, edits.values())
        if changed is None:
            return False
        after = self._seen(file, changed)
        gone = Counter(one.group for one in wanted if one.fix.edits)
        return all(after[rule] < before[rule] for rule in gone) and after[""] >= before[""]

    def _seen(self, file: str, data: bytes) -> Counter[str]:
        """Count the findings of a file by rule; under no rule, the share of it that was understood, in thousandths."""
        meta = FileMeta(path=file, size=len(data))
        out: Counter[str] = Counter({"": 1000})
        for one in self._sensor.scan(SourceFile(meta, data)):
            if isinstance(one, Finding):
                out[one.rule] += 1
            elif isinstance(one, Partial):
                out[""] = min(out[""], int(one.share * 1000))
        return out


def written(data: bytes, edits: Iterable[Edit]) -> bytes | None:
    """Return a file with edits made; None where it is no text, or two of them overlap."""
    encoding = encoding_of(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    out: list[str] = []
    at = 0
    for edit in sorted(set(edits), key=lambda edit: (edit.start, edit.end)):
        if edit.start < at:
            return None
        out += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*out, text[at:]]).encode(encoding)
