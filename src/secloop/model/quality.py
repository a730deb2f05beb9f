"""Signals of code quality that a gate may ask for: complexity, duplication, test coverage (docs/quality.md)."""

from __future__ import annotations

from secloop.model.base import Value


class FunctionMetric(Value, array_like=True):
    """A function and its cyclomatic complexity: one more than the places where its way forks."""

    name: str
    line: int
    complexity: int


class FileQuality(Value, tag="quality/1", tag_field="observation"):
    """What is measured of one source file.

    `lines` are those that hold code; `functions` are in the order of the text. `hashes` are of as many tokens as a
    block of duplicated code has at least, from each line of `starts` to the line of `ends`; two that are equal are
    duplicates.
    """

    file: str
    language: str
    lines: int = 0
    functions: tuple[FunctionMetric, ...] = ()
    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    hashes: tuple[int, ...] = ()


class FileSummary(Value):
    """One file in numbers; `worst` is its most complex function. `covered` is -1 where no report knows the file."""

    file: str
    lines: int
    complexity: int = 0
    worst: FunctionMetric | None = None
    duplicated: int = 0
    coverable: int = 0
    covered: int = -1


class Quality(Value):
    """A tree in numbers, as gate policies read them.

    `complexities` are of the most complex functions, the highest first; `duplicated` counts lines that stand elsewhere
    as well; `coverable` and `covered` count lines of the coverage reports, which `reports` names.
    """

    lines: int = 0
    functions: int = 0
    complexities: tuple[int, ...] = ()
    duplicated: int = 0
    coverable: int = 0
    covered: int = 0
    reports: tuple[str, ...] = ()

    @property
    def duplication(self) -> float:
        """The share of lines that stand elsewhere as well, 0.0 to 1.0."""
        return self.duplicated / self.lines if self.lines else 0.0

    @property
    def coverage(self) -> float:
        """The share of lines that tests ran, 0.0 to 1.0; 0.0 without a report."""
        return self.covered / self.coverable if self.coverable else 0.0
