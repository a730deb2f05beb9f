"""Gradle build scripts, Groovy and Kotlin: dependencies that stand there as literals.

A script is a program, and what it computes is not known. `implementation "group:artifact:version"`, the form with named
parts, and plugins with a version are read; a variable counts where the same file gives it one plain string.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import (
    BUILD,
    Extracted,
    Extractor,
    Package,
    bounded,
    text_of,
)
from secloop.stages.build.packages.java.coordinates import configuration_scope, name_of, pinned

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from secloop.scan.base import SourceFile

# Comments and strings in one pass, so that the `//` of an address in a string is no comment.
_COMMENT = lazy(r"//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?|(\"(?:[^\"\\\n]++|\\.)*+\"?|'(?:[^'\\\n]++|\\.)*+'?)")
_CONFIGURATION = (
    r"(?<![\w.])([A-Za-z]{0,60}?(?:[iI]mplementation|[aA]pi|[cC]ompileOnly|[cC]ompile|[rR]untimeOnly|[rR]untime"
    r"|[aA]nnotationProcessor|[dD]evelopmentOnly|kapt|ksp|classpath|providedRuntime|providedCompile|coreLibraryDesugaring))"
)
_LITERAL = lazy(
    _CONFIGURATION
    + r"[ \t]*+\(?\s{0,20}(?P<quote>[\"'])([\w.-]++):([\w.-]++)(?::([^\"':@\n]{0,200}+))?[^\"'\n]{0,200}(?P=quote)"
)
_NAMED = lazy(
    _CONFIGURATION
    + r"[ \t]*+\(?\s{0,20}group\s*+[:=]\s*+[\"']([\w.-]++)[\"']\s*+,\s*+name\s*+[:=]\s*+[\"']([\w.-]++)[\"']"
    r"(?:\s*+,\s*+version\s*+[:=]\s*+(?:[\"']([^\"'\n]{1,200}+)[\"']|([A-Za-z_]\w{0,99}+)))?"
)
_PLUGIN = lazy(r"(?<![\w.])id[ \t(]{0,9}[\"']([\w.-]++)[\"'][ \t)]{0,9}version[ \t(]{0,9}[\"']([^\"'\n]{1,99}+)[\"']")
_GIVEN = lazy(
    r"(?:^|[\s{;.])(?:(?:def|val|var|String|const)\s{1,20}+){0,3}+(?:set\(\s*+|extra\[)?[\"']?([A-Za-z_]\w{0,99}+)[\"']?\]?"
    r"\s{0,20}+[=,]\s{0,20}+[\"']([^\"'$\n]{1,100}+)[\"']"
)
_VARIABLE = lazy(r"\$\{?(?:[a-zA-Z]\w{0,40}+\.){0,3}?([A-Za-z_]\w{0,99}+)\}?")


class GradleBuild(Extractor):
    """`build.gradle` and `build.gradle.kts`: wishes; a lock file beside it knows better."""

    name = "build.gradle"
    ecosystem = "Maven"

    def wants(self, path: str) -> bool:
        """Return whether this is a build script of Gradle."""
        return path.rpartition("/")[2] in {"build.gradle", "build.gradle.kts"}

    def extract(self, file: SourceFile) -> Extracted:
        """Return the literal dependencies and plugins."""
        text = _COMMENT.sub(_without, text_of(file))
        found = sorted(_packages(text, _variables(text)), key=lambda package: package.line)
        packages, problems = bounded(found, [])
        return Extracted(packages=packages, problems=problems)


def _without(found: re.Match[str]) -> str:
    """Return a string as it is, a comment as its line ends."""
    return found[0] if found[1] else "\n" * found[0].count("\n") or " "


def _variables(text: str) -> dict[str, str]:
    """Return the names that are given one plain string in the file."""
    known: dict[str, str] = {}
    several: set[str] = set()
    for found in _GIVEN.finditer(text):
        if known.setdefault(found[1], found[2]) != found[2]:
            several.add(found[1])
    return {name: value for name, value in known.items() if name not in several}


def _packages(text: str, known: dict[str, str]) -> Iterator[Package]:
    lines = _LineCount(text)
    for found in _LITERAL.finditer(text):
        wish = (found[5] or "").removesuffix("!!")  # `!!` is Gradle's short form of "strictly"
        yield _package(
            lines.at(found.start(1)), found[3], found[4], _filled(wish, known), configuration_scope(found[1])
        )
    lines = _LineCount(text)
    for found in _NAMED.finditer(text):
        wish = found[4] or known.get(found[5] or "", found[5] or "")
        yield _package(
            lines.at(found.start(1)), found[2], found[3], _filled(wish, known), configuration_scope(found[1])
        )
    lines = _LineCount(text)
    for found in _PLUGIN.finditer(text):
        plugin = found[1]
        yield _package(lines.at(found.start()), plugin, f"{plugin}.gradle.plugin", _filled(found[2], known), BUILD)


class _LineCount:
    """Lines of offsets that only grow."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._line = 1
        self._offset = 0

    def at(self, offset: int) -> int:
        self._line += self._text.count("\n", self._offset, offset)
        self._offset = offset
        return self._line


def _filled(wish: str, known: dict[str, str]) -> str:
    return _VARIABLE.sub(lambda found: known.get(found[1], found[0]), wish)


def _package(line: int, group: str, artifact: str, wish: str, scope: str) -> Package:
    version = pinned(wish)
    return Package(
        key=f"{group}:{artifact}:{line}:{scope}",
        name=name_of(group, artifact),
        version=version,
        line=line,
        direct=True,
        scope=scope,
        constraint="" if version else wish,
    )
