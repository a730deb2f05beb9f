"""The acceptance kit: it passes a good sensor and names what is wrong with a bad one."""

# ruff: noqa: ARG002 - the protocol's signatures

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scan.sensors import WordSensor, finding
from secloop.model.coverage import Skipped
from secloop.model.enums import FileClass
from secloop.scan.base import SourceFile
from secloop.scan.registry import load_sensors
from secloop.scan.testing import hostile, observe, problems

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scan.conftest import Install
    from secloop.model.finding import Observation
    from secloop.scan.base import GroupUnit

SAMPLE = b"one word here\n"


def test_a_good_sensor_has_no_problems() -> None:
    assert problems(WordSensor, "a.txt", SAMPLE) == []


def test_the_example_for_third_parties_has_no_problems(install: Install) -> None:
    install("example", "example = example_sensor:ExampleSensor")
    example = next(sensor for sensor in load_sensors() if sensor.info.name == "example")
    assert problems(type(example), "a.txt", b"FORBIDDEN\n") == []


class Crashes(WordSensor):
    """Trusts its input to be UTF-8."""

    def scan(self, unit: SourceFile | GroupUnit) -> Iterable[Observation]:
        assert isinstance(unit, SourceFile)
        unit.data.decode()
        return super().scan(unit)


class FirstOnly(WordSensor):
    """Stops at the first find."""

    def scan(self, unit: SourceFile | GroupUnit) -> Iterable[Observation]:
        return list(super().scan(unit))[:1]


class LineOne(WordSensor):
    """Says line 1, always."""

    def scan(self, unit: SourceFile | GroupUnit) -> Iterable[Observation]:
        return [finding("a.txt", 1) for _ in super().scan(unit)]


class NeedsNewline(WordSensor):
    """Looks at lines that end."""

    word = b"here\n"


class Remembers(WordSensor):
    """Answers by what it saw before, over all instances."""

    calls = 0

    def scan(self, unit: SourceFile | GroupUnit) -> Iterable[Observation]:
        type(self).calls += 1
        return [finding("a.txt", 1, rule=f"call {self.calls}")]


@pytest.mark.parametrize(
    ("sensor", "problem"),
    [
        (Crashes, "invalid UTF-8: failed: UnicodeDecodeError"),
        (FirstOnly, "a repeat is not seen: 1 finds once, 1 when"),
        (LineOne, "behind 3 empty lines, finds at lines [1] are at [1]"),
        (NeedsNewline, "a find at the very end of a file, without a newline"),
        (Remembers, "the same input gave two answers"),
    ],
)
def test_a_bad_sensor_is_told_what_is_wrong(sensor: type[WordSensor], problem: str) -> None:
    assert any(line.startswith(problem) for line in problems(sensor, "a.txt", SAMPLE))


def test_what_a_sensor_says_itself_of_a_hostile_file_is_no_problem() -> None:
    class Honest(WordSensor):
        def scan(self, unit: SourceFile | GroupUnit) -> Iterable[Observation]:
            yield from super().scan(unit)
            yield Skipped(outcome=FileClass.FAILED, reason="not the format")

    assert problems(Honest, "a.txt", SAMPLE) == []


def test_a_sensor_may_report_a_thing_once_a_file() -> None:
    assert problems(FirstOnly, "a.txt", SAMPLE, repeats=False) == []


def test_a_sample_without_a_find_is_a_problem() -> None:
    assert problems(WordSensor, "a.txt", b"nothing\n") == ["the sample gives no finding"]


def test_hostile_trees_hold_the_sample_at_its_path() -> None:
    cases = hostile("a/b.txt", SAMPLE)
    assert {"empty", "huge", "invalid UTF-8", "deep nesting"} <= set(cases)
    assert all(path.endswith("a/b.txt") for files in cases.values() for path in files)
    assert observe([WordSensor()], cases["huge"]).files.scanned == 1
