"""The sensor protocol: what a stage implements so that its files are scanned with everyone else's, in one pass.

Sensors register under the entry point group `secloop.sensors`, built-in ones and third-party ones alike.
"""

from __future__ import annotations

from bisect import bisect_right
from enum import StrEnum
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from secloop.model.base import Value
from secloop.model.config import Config
from secloop.model.enums import Kind, Stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from secloop.model.finding import Observation
    from secloop.rules.base import RuleSet


class Flag(StrEnum):
    """What a file is besides its language."""

    BINARY = "binary"
    GENERATED = "generated"
    VENDORED = "vendored"
    MINIFIED = "minified"


class Unit(StrEnum):
    """Whether a sensor looks at files one by one, or at groups of files (a module, a chart)."""

    FILE = "file"
    GROUP = "group"


class FileMeta(Value):
    """What is known of a file before a sensor reads it.

    `path` is relative to the root, with forward slashes; `head` holds its first 4 KiB; `language` is a lower-case name
    (`python`, `json`, `terraform` ...), empty where unknown; `size` is in bytes.
    """

    path: str
    size: int
    language: str = ""
    flags: frozenset[Flag] = frozenset()
    head: bytes = b""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


class SourceFile:
    """A file's bytes, read once, with what every sensor needs of them."""

    def __init__(self, meta: FileMeta, data: bytes) -> None:
        """Hold `data`, the whole content."""
        self.meta = meta
        self.data = data

    @property
    def path(self) -> str:
        """The path relative to the root."""
        return self.meta.path

    @cached_property
    def text(self) -> str:
        """The content as UTF-8; invalid bytes become U+FFFD."""
        return self.data.decode("utf-8", "replace")

    @cached_property
    def line_starts(self) -> list[int]:
        """Byte offsets at which lines start."""
        lines = self.data.split(b"\n")
        del lines[-1]
        return list(accumulate((len(line) + 1 for line in lines), initial=0))

    def position(self, offset: int) -> tuple[int, int]:
        """Return (line, column) of a byte offset, both from 1; columns count characters."""
        line = bisect_right(self.line_starts, offset)
        start = self.line_starts[line - 1]
        return line, len(self.data[start:offset].decode("utf-8", "replace")) + 1

    def line_text(self, line: int) -> str:
        """Return line `line` (from 1) without its end."""
        start = self.line_starts[line - 1]
        end = self.line_starts[line] if line < len(self.line_starts) else len(self.data)
        return self.data[start:end].decode("utf-8", "replace").rstrip("\r\n")


class FileGroup(Value):
    """A unit of a `group` sensor: a name and its members' paths."""

    name: str
    members: tuple[str, ...]


class GroupUnit(Protocol):
    """A group with access to its members' bytes, already read."""

    group: FileGroup
    files: Mapping[str, SourceFile]

    def materialise(self) -> Path:
        """Return a temporary folder that holds the members; removed after `scan`."""
        ...


class Budget(Value):
    """Bounds of one sensor on one unit.

    `max_binary` holds for files flagged as binary that the sensor wants, where it is larger than what holds for text:
    a compiled program or a packed library is large and read in small parts.
    """

    seconds: float = 10.0
    memory_mb: int = 400
    max_bytes: int = 5 << 20
    max_binary: int = 0


class SensorInfo(Value):
    """What a sensor is and needs. `provides`/`requires` name fact kinds; a cycle of them is a start-up error.

    `needs` lists what it uses beyond the file's bytes (`network`, `git`): empty for every static sensor.
    `required` sensors make a run incomplete when they cannot run. `isolated` ones rest on a native library that can
    abort, and always run in a worker process.
    """

    name: str
    version: str
    stage: Stage
    kinds: tuple[Kind, ...]
    unit: Unit = Unit.FILE
    needs: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    budget: Budget = Budget()
    required: bool = True
    isolated: bool = False


class Settings(Value):
    """What a sensor is configured with. `root` is absolute; `identity_key` keys the identity of secrets.

    `advisories` are paths or `""` for the built-in starter set; `today` is an ISO date. `installed` says that the files
    are those of an installed system (an image), whose vendored files are its packages. Without `comments`, nobody looks
    for comments that hide findings: an inventory has none.
    """

    config: Config = Config()
    root: str = "."
    identity_key: bytes = bytes(32)
    advisories: tuple[str, ...] = ()
    today: str = ""
    installed: bool = False
    comments: bool = True


@runtime_checkable
class Sensor(Protocol):
    """A pure function from bytes to observations, with a digest of everything else that can change its answer."""

    info: SensorInfo

    def configure(self, settings: Settings, rules: RuleSet) -> str:
        """Get ready (compile rules, open feeds); return the digest that enters the cache key. Raises: SecloopError."""
        ...

    def wants(self, file: FileMeta) -> bool:
        """Return whether this sensor wants to read the file. Cheap: called for every file."""
        ...

    def group(self, files: Sequence[FileMeta]) -> Iterable[FileGroup]:
        """Return the units of a `group` sensor; a `file` sensor returns nothing."""
        ...

    def scan(self, unit: SourceFile | GroupUnit) -> Iterable[Observation]:
        """Return the observations of one unit. Pure; runs in a worker; its result is cached."""
        ...

    def finish(self, facts: Sequence[Observation], known: Mapping[str, bytes]) -> Iterable[Observation]:
        """Return what depends on facts of the whole tree; runs once, in the parent, after all it requires."""
        ...
