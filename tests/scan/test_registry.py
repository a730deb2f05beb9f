"""Sensors by entry point: found, ordered, and reported when broken."""

from __future__ import annotations

import tomllib
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.enums import Stage
from secloop.model.errors import UsageError
from secloop.scan.base import SensorInfo, Settings
from secloop.scan.registry import BrokenSensor, _any_section, _section, in_order, load_sensors, registered
from secloop.scan.testing import observe

if TYPE_CHECKING:
    from scan.conftest import Install
    from secloop.scan.base import Sensor

EXAMPLE = Path(__file__).parent / "fixtures" / "example_sensor"


def sensor(name: str, *, provides: tuple[str, ...] = (), requires: tuple[str, ...] = ()) -> Sensor:
    made = BrokenSensor(name, "")
    made.info = SensorInfo(name=name, version="1", stage=Stage.CODE, kinds=(), provides=provides, requires=requires)
    return made


def test_our_own_reader_agrees_with_importlib_metadata() -> None:
    expected = {
        (point.name, point.value)
        for dist in distributions()
        for point in dist.entry_points.select(group="secloop.sensors")
    }
    assert {tuple(one) for one in registered()} == expected


def test_a_third_partys_sensor_is_found_and_its_findings_are_reported(install: Install) -> None:
    entry_points = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]["entry-points"]
    install("example-sensor", *(f"{name} = {target}" for name, target in entry_points["secloop.sensors"].items()))
    install("unrelated", "console = a:b", group="console_scripts")
    example = next(one for one in load_sensors() if one.info.name == "example")
    result = observe([example], {"a.txt": b"fine\nFORBIDDEN\n"})
    assert [(finding.rule, finding.place.line) for finding in result.findings] == [("forbidden-word", 2)]  # type: ignore[union-attr] # a CodeSpan
    assert [run.name for run in result.sensors] == ["example"]


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("no_such_module:Sensor", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("example_sensor:NoSuchClass", "AttributeError"),
        ("rogue_sensors:BrokenSensor", "RuntimeError"),
        ("rogue_sensors:NoSensor", "is no sensor"),
    ],
)
def test_a_sensor_that_cannot_be_loaded_makes_the_run_say_so(install: Install, target: str, why: str) -> None:
    install("bad", f"bad = {target}")
    bad = next(one for one in load_sensors() if one.info.name == "bad")
    result = observe([bad], {"a.txt": b"x"})
    (missing,) = result.missing
    assert missing.startswith("sensor bad: ")
    assert why in missing


def test_disabled_sensors_are_not_loaded(install: Install) -> None:
    ours = [one.name for one in registered()]
    install("two", "one = example_sensor:ExampleSensor", "bad = no_such_module:X")
    assert [one.info.name for one in load_sensors(disable=["bad", *ours])] == ["example"]
    names = ", ".join(sorted(["bad", "one", *ours]))
    with pytest.raises(UsageError, match=rf"no sensor 'other' to disable.*{names}"):
        load_sensors(disable=["other"])


def test_broken_metadata_is_skipped(tmp_path: Path) -> None:
    good = b"[secloop.sensors]\nOne = example_sensor:ExampleSensor [extra]\n"
    broken = {"no": None, "bad": b"[secloop.sensors\n= \xff", "odd": b"secloop.sensors\n[x]\na", "good": good}
    for name, content in broken.items():
        folder = tmp_path / f"{name}.dist-info"
        folder.mkdir()
        if content is not None:
            (folder / "entry_points.txt").write_bytes(content)
    assert registered([str(tmp_path), str(tmp_path / "gone")]) == [("One", "example_sensor:ExampleSensor")]


def test_who_provides_a_fact_comes_before_who_requires_it() -> None:
    a = sensor("a", requires=("y/1",))
    b = sensor("b", provides=("y/1",), requires=("x/1",))
    c = sensor("c", provides=("x/1",), requires=("x/1",))
    d = sensor("d", requires=("nobody/1",))
    for order in ([a, b, c, d], [d, c, b, a], [b, d, a, c]):
        assert [one.info.name for one in in_order(order)] == ["c", "b", "a", "d"]


def test_a_cycle_of_facts_is_a_usage_error() -> None:
    cycle = [sensor("a", provides=("x/1",), requires=("y/1",)), sensor("b", provides=("y/1",), requires=("x/1",))]
    with pytest.raises(UsageError, match="require each other's facts: a, b"):
        in_order(cycle)


def test_two_sensors_of_one_name_are_a_usage_error() -> None:
    with pytest.raises(UsageError, match="Two sensors are named 'a'"):
        in_order([sensor("a"), sensor("a")])


def test_a_broken_sensor_wants_and_says_nothing() -> None:
    broken = BrokenSensor("x", "gone")
    assert not list(broken.group([]))
    assert not list(broken.finish([], {}))
    with pytest.raises(Exception, match="gone"):
        broken.configure(Settings(), None)  # type: ignore[arg-type] # it does not look


_LINES = st.sampled_from([
    "[secloop.sensors]", "[secloop.sensors] ", "[other]", "[DEFAULT]", "a = m:A", "a=m:B [extra]", "B = n", " c = over",
    "", "# note", "; note", "= x", "x", "k : v", "k:v = w", "[x", "a = 1 # not a comment",
])  # fmt: skip


@given(st.lists(_LINES, max_size=8))
def test_the_quick_way_to_read_entry_points_gives_what_the_ini_parser_gives(lines: list[str]) -> None:
    text = "\n".join(["[secloop.sensors]", *lines])
    assert dict(_section(text)) == dict(_any_section(text))
