"""An advisory on one package as a value, and the index that answers for a package.

Whatever the source writes (OSV events, enumerated versions, npm range expressions) becomes intervals, so that there is
one evaluation: is this version inside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from secloop.model.base import Value
from secloop.stages.build.advisories.commits import GitRange
from secloop.stages.build.advisories.symbols import Symbols

if TYPE_CHECKING:
    from secloop.model.run import Feed
    from secloop.stages.build.advisories.endoflife import Cycle

End = Literal["", "fixed", "last", "limit"]
"""How an interval ends: open, before its first fixed version, with its last affected one, or before a limit."""


class Interval(Value, frozen=True, gc=False):
    """Affected versions from `low` (empty: the first) to `high`, as `end` says; `low_open` leaves `low` itself out.

    Only an `end` of `fixed` names a version that repairs the package.
    """

    low: str = ""
    low_open: bool = False
    high: str = ""
    end: End = ""


class Advisory(Value, frozen=True, gc=False):
    """One advisory on one package. `package` is spelled as it is looked up (`purl.package_name`).

    `severity` is the source's own word, empty where it has none; `vectors` are CVSS vectors (2, 3.x, 4).
    `title` is one line; dates are ISO days. `withdrawn` advisories never match. `symbols` are the
    functions that are vulnerable, where the source names them. `git` are ranges of commits.
    `notice` is the id of the record that names this problem among others, empty where it is the record's only one.
    """

    id: str
    ecosystem: str
    package: str
    aliases: tuple[str, ...] = ()
    intervals: tuple[Interval, ...] = ()
    versions: tuple[str, ...] = ()
    vectors: tuple[str, ...] = ()
    severity: str = ""
    cwe: tuple[int, ...] = ()
    title: str = ""
    date: str = ""
    withdrawn: bool = False
    symbols: Symbols = ()
    git: tuple[GitRange, ...] = ()
    notice: str = ""


class Exploitation(Value, frozen=True, gc=False):
    """What is known of exploitation: EPSS score and percentile (0..1, -1 unknown), and the day KEV listed the CVE.

    `ransomware` says that KEV knows of its use in ransomware campaigns.
    """

    epss: float = -1.0
    percentile: float = -1.0
    kev: str = ""
    ransomware: bool = False


class Group(Value, frozen=True, gc=False):
    """Advisories on one package that share an id or an alias: one problem, whatever it is called.

    `ids` holds all their ids, the canonical one first; withdrawn advisories are not among them.
    """

    ids: tuple[str, ...]
    advisories: tuple[Advisory, ...]
    exploitation: Exploitation = Exploitation()


class AdvisoryIndex(Protocol):
    """Alias groups by package. Its in-memory twin is `memory.MemoryIndex`."""

    def groups(self, ecosystem: str, package: str) -> tuple[Group, ...]:
        """Return the alias groups of a package, spelled as `purl.package_name` spells it, by canonical id."""
        ...

    def feeds(self) -> tuple[Feed, ...]:
        """Return what the index was built from, with dates."""
        ...

    def ecosystems(self) -> frozenset[str]:
        """Return the ecosystems, with their releases (`Debian:12`), that it has any advisory on."""
        ...

    def cycles(self, product: str) -> tuple[Cycle, ...]:
        """Return the lines of releases of a product, by its name on endoflife.date; none where it is not known."""
        ...
