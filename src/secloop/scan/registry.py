"""Sensors by entry point, built-in and third-party alike, in the order their facts demand."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from secloop.model.enums import Stage
from secloop.model.errors import SecloopError, UsageError
from secloop.model.regex import lazy
from secloop.scan.base import Sensor, SensorInfo
from secloop.scan.guard import Failure, Guard

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from secloop.model.finding import Observation
    from secloop.rules.base import RuleSet
    from secloop.scan.base import FileGroup, FileMeta, GroupUnit, Settings, SourceFile

GROUP = "secloop.sensors"

NOT_STAGED = frozenset({"iac", "sast"})
"""Sensors that a scan of what is staged leaves out: a commit waits for it, and it has 300 ms for all."""

_LOAD_SECONDS = 30.0
_PLAIN = lazy(r"\[[^\[\]]+\]|[^\s\[#;=:][^=:]*=[^\n]*")
"""A line of nearly every `entry_points.txt`: a section, or a name and its value."""


class SensorError(SecloopError):
    """A sensor that is installed cannot be loaded or configured."""


class Registered(NamedTuple):
    """An entry point: the sensor's name and `module:Class`."""

    name: str
    target: str

    def load(self) -> Sensor:
        """Import and make the sensor; one that fails becomes a `BrokenSensor`, so that the run says so."""
        with Guard() as guard:
            sensor = guard.call(self._instance, _LOAD_SECONDS)
        if isinstance(sensor, Failure):
            return BrokenSensor(self.name, f"{self.target} cannot be loaded ({sensor.reason})")
        if not isinstance(sensor, Sensor):
            return BrokenSensor(self.name, f"{self.target} is no sensor (see secloop.scan.base.Sensor)")
        return sensor

    def _instance(self) -> object:
        module, _, attribute = self.target.partition(":")
        return getattr(import_module(module), attribute)()


class BrokenSensor:
    """Stands for a sensor that could not be loaded: it counts as required and says why when it is configured."""

    def __init__(self, name: str, reason: str) -> None:
        """Remember why."""
        self.info = SensorInfo(name=name, version="", stage=Stage.TEST, kinds=())
        self.reason = reason

    def configure(self, settings: Settings, rules: RuleSet) -> str:  # noqa: ARG002 - the protocol's signature
        """Raise SensorError, always."""
        raise SensorError(f"Sensor {self.info.name}: {self.reason}", "Reinstall it, or name it under [scan] disable")

    def wants(self, file: FileMeta) -> bool:  # noqa: ARG002 - as above
        """Want nothing."""
        return False

    def group(self, files: Sequence[FileMeta]) -> Iterable[FileGroup]:  # noqa: ARG002 - as above
        """Return no units."""
        return ()

    def scan(self, unit: SourceFile | GroupUnit) -> Iterable[Observation]:  # noqa: ARG002 - as above
        """See nothing."""
        return ()

    def finish(self, facts: Sequence[Observation], known: Mapping[str, bytes]) -> Iterable[Observation]:  # noqa: ARG002 - as above
        """Add nothing."""
        return ()


def registered(paths: Iterable[str] | None = None) -> list[Registered]:
    """Return the installed sensors by name, the first on `paths` (default: sys.path) winning as in an import.

    Reads `entry_points.txt` itself: importing importlib.metadata costs 50 ms, this 2 ms.
    """
    found: dict[str, Registered] = {}
    for folder in sys.path if paths is None else paths:
        for name, target in _entry_points(folder or "."):
            found.setdefault(name, Registered(name, target))
    return [found[name] for name in sorted(found)]


def load_sensors(disable: Collection[str] = (), *, staged: bool = False) -> list[Sensor]:
    """Return the installed sensors that are not disabled, ordered by the facts they need.

    With `staged`, those of `NOT_STAGED` are left out: their stage is not covered.

    Raises: UsageError when `disable` names none, or when facts need each other in a cycle.
    """
    every = registered()
    unknown = sorted(set(disable) - {one.name for one in every})
    if unknown:
        names = ", ".join(one.name for one in every)
        raise UsageError(f"There is no sensor {unknown[0]!r} to disable", f"Sensors are: {names}")
    left_out = {*disable, *NOT_STAGED} if staged else {*disable}
    return in_order([one.load() for one in every if one.name not in left_out])


def in_order(sensors: Sequence[Sensor]) -> list[Sensor]:
    """Return sensors so that whoever provides a fact kind comes before whoever requires it; by name otherwise.

    A sensor may require what it provides itself. Raises: UsageError on a cycle or when two sensors share a name.
    """
    waiting = {sensor.info.name: sensor for sensor in sorted(sensors, key=lambda sensor: sensor.info.name)}
    if len(waiting) < len(sensors):
        names = [sensor.info.name for sensor in sensors]
        double = next(name for name in names if names.count(name) > 1)
        raise UsageError(f"Two sensors are named {double!r}", "Uninstall one of them")
    ordered: list[Sensor] = []
    while waiting:
        free = [name for name, sensor in waiting.items() if not _waits_for(sensor, waiting)]
        if not free:
            raise UsageError(f"Sensors require each other's facts: {', '.join(waiting)}", "Disable one of them")
        ordered.append(waiting.pop(free[0]))
    return ordered


def is_isolated(sensor: Sensor) -> bool:
    """Return whether a sensor must run in a worker: it says so, or it is an installed one that is not ours."""
    module = type(sensor).__module__
    if sensor.info.isolated:
        return True
    return not module.startswith("secloop.") and any(one.target.partition(":")[0] == module for one in registered())


def _waits_for(sensor: Sensor, waiting: Mapping[str, Sensor]) -> bool:
    needed = set(sensor.info.requires) - set(sensor.info.provides)
    return any(needed & set(other.info.provides) for other in waiting.values() if other is not sensor)


def _entry_points(folder: str) -> Iterator[tuple[str, str]]:
    """Yield (name, target) of our group from every installed distribution's metadata in one folder of sys.path."""
    try:
        with os.scandir(folder) as scan:
            names = sorted(entry.name for entry in scan if entry.name.endswith((".dist-info", ".egg-info")))
    except OSError:
        return
    for name in names:
        try:
            with open(f"{folder}/{name}/entry_points.txt", encoding="utf-8") as file:  # noqa: PTH123 - start-up path
                text = file.read()
        except (OSError, UnicodeDecodeError):
            continue
        if GROUP in text:
            yield from _section(text)


def _section(text: str) -> Iterator[tuple[str, str]]:
    """Yield the items of our section (entry points specification: an INI file whose keys keep their case)."""
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    if lines[0].startswith("[") and "[DEFAULT]" not in lines and all(map(_PLAIN.fullmatch, lines)):
        return _plain_section(lines)
    return _any_section(text)


def _plain_section(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the items of our section of a file without comments and values over several lines."""
    ours, items = False, dict[str, str]()
    for line in lines:
        if line.startswith("["):
            ours = line == f"[{GROUP}]"
        elif ours:
            name, _, target = line.partition("=")
            items[name.strip()] = target.partition("[")[0].strip()
    return iter(items.items())


def _any_section(text: str) -> Iterator[tuple[str, str]]:
    from configparser import ConfigParser
    from configparser import Error as ConfigError

    parser = ConfigParser(delimiters=("=",), interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign] # as the specification's own example does
    try:
        parser.read_string(text)
    except ConfigError:
        return
    if parser.has_section(GROUP):
        yield from ((name, target.partition("[")[0].strip()) for name, target in parser.items(GROUP))
