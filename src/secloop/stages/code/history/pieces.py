"""The parts of a version that are to be shown to the sensor, and which of them are worth it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from secloop.scan.base import SourceFile
from secloop.scan.guard import Failure
from secloop.stages.code.history.clean import SHORT, Clean
from secloop.stages.code.secrets.doubt import Doubt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secloop.scan.base import FileMeta
    from secloop.scan.guard import Guard
    from secloop.stages.code.history.log import Change
    from secloop.stages.code.history.regions import Part
    from secloop.stages.code.secrets.sensor import SecretsSensor

_ANY = Doubt()


class Version(NamedTuple):
    """A change with its content before and after and the size of the latter.

    `after` None is a content over `readable`; `before` None makes it be looked at whole.
    """

    change: Change
    size: int
    before: bytes | None
    after: bytes | None


@dataclass(slots=True)
class Piece:
    """A part of a version as a file of its own. `left` is what of it is not known to be clean, None for nothing.

    `marks` are what to remember where it is clean; `doubt` is None where the sensor has nothing to say of `left`.
    """

    part: Part
    file: SourceFile
    left: SourceFile | None
    marks: Sequence[bytes] = ()
    doubt: Doubt | None = _ANY


@dataclass(slots=True)
class Task:
    """A version with its pieces and their size in bytes."""

    version: Version
    meta: FileMeta
    pieces: list[Piece]
    size: int


def task_of(version: Version, meta: FileMeta, parts: Sequence[Part]) -> Task:
    """Return a version with the pieces that parts of its content make."""
    data = version.after or b""
    files = [SourceFile(meta, data[start:end]) for start, end in parts]
    pieces = [Piece(part, file, file) for part, file in zip(parts, files, strict=True)]
    return Task(version, meta, pieces, sum(end - start for start, end in parts))


class Sieve:
    """Leaves out of pieces what was clean before, and finds those in which the secrets sensor may find something."""

    def __init__(self, sensor: SecretsSensor, seconds: float) -> None:
        """Bind the sensor and the time that one question may take."""
        self._sensor = sensor
        self._seconds = seconds
        self._clean = Clean()

    def ask(self, tasks: Sequence[Task], guard: Guard) -> None:
        """Set what is left of the tasks' pieces, and what is in doubt; all is where the question fails."""
        pieces = [piece for task in tasks for piece in task.pieces]
        for piece in pieces:
            if len(piece.file.data) >= SHORT:
                self._leave(piece)
        shown = [(piece, piece.left) for piece in pieces if piece.left is not None]
        files = [file for _, file in shown]
        found = guard.call(lambda: self._sensor.suspects(files), self._seconds) if files else {}
        if isinstance(found, Failure):
            return
        for n, (piece, _) in enumerate(shown):
            piece.doubt = found.get(n)
            if piece.doubt is None and piece.marks:
                self._clean.add(piece.marks)

    def worthy(self, piece: Piece) -> Doubt | None:
        """Return the doubt about the whole of a piece; where only some of it is left, that is looked at first."""
        if piece.left is piece.file or piece.left is None or piece.doubt is None:
            return piece.doubt
        if any(self._sensor.scan_part(piece.left, doubt=piece.doubt)):
            return _ANY
        self.settle(piece)
        return None

    def settle(self, piece: Piece) -> None:
        """Remember a piece in which nothing was found; not where it holds what may make a secret of a neighbour."""
        if piece.marks and piece.doubt is not None and self._sensor.stands_alone(piece.doubt):
            self._clean.add(piece.marks)

    def _leave(self, piece: Piece) -> None:
        text, piece.marks = self._clean.left(piece.file.data, self._sensor.kind(piece.file.meta))
        if text is None:
            piece.left = piece.doubt = None
        elif text is not piece.file.data:
            piece.left = SourceFile(piece.file.meta, text)
