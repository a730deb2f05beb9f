"""What can be done about findings, as a stage proposes it: one group of edits, commands and advice.

A stage's sensor that knows fixes has a method `fixer()`, which returns a `Fixer`; one applier serves all of them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from secloop.model.base import Value
from secloop.model.finding import Edit, Fix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from secloop.model.facts import Component
    from secloop.model.report import FindingRow


_MARKS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


def encoding_of(data: bytes) -> str:
    """Return the encoding of a text file: UTF-16 where its byte order mark says so, else UTF-8."""
    return next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")


def digest(data: bytes) -> str:
    """Return the hash that an edit names its file's content by: SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


class Command(Value):
    """A command of another tool, for the user to run: its arguments, and its folder relative to the root."""

    arguments: tuple[str, ...]
    folder: str = "."

    @property
    def line(self) -> str:
        """The command as a POSIX shell reads it, every argument quoted as it must be."""
        import shlex

        return shlex.join(self.arguments)


class Proposal(Value):
    """One thing to do about findings at one place.

    `group` is what it is about (`npm lodash`), `title` says what is done in one line; `file` and `line` are the place
    of the findings. `fix.edits` may be empty: then `commands`, to be run in order, or `notes` say what to do. Commands
    beside edits are run after them. `leaves` are ids of findings at the place that stay; `breaking` says that the
    version's own rules announce incompatible changes.
    """

    group: str
    title: str
    file: str
    line: int = 1
    fix: Fix = Fix(edits=(), safe=False)
    commands: tuple[Command, ...] = ()
    notes: tuple[str, ...] = ()
    leaves: tuple[str, ...] = ()
    breaking: bool = False

    @property
    def is_advice(self) -> bool:
        """Whether it neither edits nor names a command."""
        return not self.fix.edits and not self.commands


@dataclass(frozen=True, kw_only=True)
class FixRequest:
    """What a fixer works with.

    `findings` are the rows to clear, `components` everything the scan saw; `files` are the paths of the tree, sorted;
    `read` returns the content of one of them, None where it cannot be read.
    """

    findings: tuple[FindingRow, ...]
    components: tuple[Component, ...]
    files: tuple[str, ...]
    read: Callable[[str], bytes | None]


class Fixer(Protocol):
    """Proposes fixes for the findings of the sensors it names."""

    @property
    def sensors(self) -> tuple[str, ...]:
        """The names of the sensors whose findings it knows fixes for."""
        ...

    def wants(self, finding: FindingRow) -> bool:
        """Return whether a finding is of the kind that it proposes something for."""
        ...

    def proposals(self, request: FixRequest) -> Iterable[Proposal]:
        """Yield what to do. Two edits of one place in a file are the same edit, or the plan is refused."""
        ...


class FindingFixes:
    """The fixer of sensors whose findings carry a `fix` of their own; `fixer()` of such a sensor returns it."""

    def __init__(self, *sensors: str) -> None:
        """Hold the names of the sensors."""
        self.sensors = sensors

    def wants(self, finding: FindingRow) -> bool:
        """Return whether a finding carries edits, and a file to show them at."""
        return finding.fix is not None and bool(finding.fix.edits and finding.file)

    def proposals(self, request: FixRequest) -> Iterator[Proposal]:
        """Yield one proposal for each finding, the worst first. Of edits that overlap the first holds."""
        import msgspec

        taken: dict[str, list[Edit]] = {}
        for row in sorted(request.findings, key=lambda row: (-row.severity.rank, row.file or "", row.line or 0)):
            if row.fix is None or not self.wants(row):
                continue
            if any(_overlap(edit, other) for edit in row.fix.edits for other in taken.get(edit.file, ())):
                yield Proposal(
                    group=row.rule,
                    title=row.fix.summary or row.title,
                    file=row.file or "",
                    line=row.line or 1,
                    notes=("another fix changes the same text: run secloop fix again after it",),
                )
            else:
                for edit in row.fix.edits:
                    taken.setdefault(edit.file, []).append(edit)
                yield Proposal(
                    group=row.rule,
                    title=row.fix.summary or row.title,
                    file=row.file or "",
                    line=row.line or 1,
                    fix=msgspec.structs.replace(row.fix, clears=row.fix.clears or (row.id,)),
                    notes=() if row.fix.safe else ("may change what the code does: read it before it is merged",),
                )


def _overlap(one: Edit, other: Edit) -> bool:
    """Return whether two edits change the same text, and are not the same."""
    if (one.start, one.end, one.text) == (other.start, other.end, other.text):
        return False
    return (one.start < other.end and other.start < one.end) or one.start == other.start
