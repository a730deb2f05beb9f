"""`cpanfile` and Carton's `cpanfile.snapshot`. A cpanfile is code; its literal lines are read, never run."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import (
    BUILD,
    DEV,
    OPTIONAL,
    RUNTIME,
    TEST,
    Extracted,
    Extractor,
    Package,
    UnreadableError,
    text_of,
)
from secloop.stages.build.packages.wishes import Wishes, extracted

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile

_DISTRIBUTION = lazy(r"  (\S+)-v?([0-9][0-9A-Za-z._]*)(?:-TRIAL\d*)?")
_MODULE = lazy(r"      (\S+) \S+")
_WISH = lazy(
    r"^[ \t]*(?:(configure|build|test|author)_)?(requires|recommends|suggests)\s*\(?\s*['\"]([A-Za-z][\w:]*)['\"]"
    r"\s*(?:(?:,|=>)\s*['\"]?([^'\";)\n]*))?",
)
_PHASE = lazy(r"^[ \t]*on\s*\(?\s*['\"]?(\w+)['\"]?\s*(?:=>|,)\s*sub\b")
_PHASES = {"configure": BUILD, "build": BUILD, "test": TEST, "develop": DEV, "author": DEV}
_EXACT = lazy(r"==\s*v?(\d[\w.]*)")


@dataclass(slots=True)
class _Distribution:
    name: str
    version: str
    line: int
    provides: list[str] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)


class CpanfileSnapshot(Extractor):
    """`cpanfile.snapshot`, format 1.0: distributions with the modules that they provide and require."""

    name = "cpanfile.snapshot"
    ecosystem = "CPAN"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is a `cpanfile.snapshot`."""
        return posixpath.basename(path) == "cpanfile.snapshot"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the distributions with edges. Raises: UnreadableError without a list of distributions."""
        text = text_of(file)
        if text.strip() and "DISTRIBUTIONS" not in text:
            raise UnreadableError("not a snapshot: it has no distributions", 1)
        read = _distributions(text)
        provider = {module: one.name for one in read for module in one.provides}
        packages = {
            one.name: Package(
                key=one.name,
                name=one.name,
                version=one.version,
                line=one.line,
                needs=tuple(dict.fromkeys(provider[need] for need in one.needs if need in provider)),
            )
            for one in read
        }
        return extracted(list(packages.values()))


class Cpanfile(Extractor):
    """`cpanfile`: wishes are modules; the distribution of a module has mostly its name."""

    name = "cpanfile"
    ecosystem = "CPAN"

    def wants(self, path: str) -> bool:
        """Return whether this is a `cpanfile`."""
        return posixpath.basename(path) == "cpanfile"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the literal wishes with the scopes of their phases; Perl itself is none."""
        wishes, phase = Wishes(), RUNTIME
        for number, line in enumerate(text_of(file).splitlines(), 1):
            if found := _PHASE.match(line):
                phase = _PHASES.get(found[1], RUNTIME)
            elif re.match(r"[ \t]*\}", line):
                phase = RUNTIME
            elif (found := _WISH.match(line)) and found[3] != "perl":
                asked = (found[4] or "").strip()
                exact = _EXACT.fullmatch(asked)
                scope = _PHASES.get(found[1] or "", phase)
                wishes.add(
                    distribution(found[3]),
                    number,
                    version=exact[1] if exact else "",
                    constraint="" if asked == "0" else asked,
                    scope=OPTIONAL if found[2] != "requires" and scope == RUNTIME else scope,
                )
        return wishes.extracted()


def distribution(module: str) -> str:
    """Return the name of the distribution that a module's name suggests."""
    return module.replace("::", "-")


def _distributions(text: str) -> list[_Distribution]:
    read: list[_Distribution] = []
    part = ""
    for number, line in enumerate(text.splitlines(), 1):
        if found := _DISTRIBUTION.fullmatch(line):
            read.append(_Distribution(found[1], found[2], number))
        elif line.startswith("    ") and not line.startswith("     "):
            part = line.strip()
        elif read and (found := _MODULE.fullmatch(line)):
            if part == "provides:":
                read[-1].provides.append(found[1])
            elif part == "requirements:":
                read[-1].needs.append(found[1])
    return read
