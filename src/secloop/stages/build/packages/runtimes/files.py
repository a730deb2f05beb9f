"""The files of version managers. A runtime is a component under its name on endoflife.date, scope build."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from secloop.model.regex import lazy
from secloop.model.shapes import string, table
from secloop.stages.build.packages.base import BUILD, Extracted, Extractor, Package, UnreadableError, bounded, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from secloop.scan.base import SourceFile

_FILES = {
    ".python-version": "python",
    "runtime.txt": "python",
    ".nvmrc": "nodejs",
    ".node-version": "nodejs",
    ".ruby-version": "ruby",
    ".php-version": "php",
    ".go-version": "go",
}
"""Name of a file -> the runtime whose version stands in it."""
_TOOLS = {
    "dotnet": "dotnet",
    "dotnet-core": "dotnet",
    "go": "go",
    "golang": "go",
    "node": "nodejs",
    "nodejs": "nodejs",
    "php": "php",
    "python": "python",
    "ruby": "ruby",
}
"""What asdf and mise call a runtime -> its name on endoflife.date; other tools keep theirs."""
_VERSION = lazy(r"(?:(?:c?python|node|ruby|php|go)-?)?v?(\d++(?:\.\d++)*+(?:[-.+][0-9a-z.+-]*+)?)")
_TOOL = lazy(r"[a-z][a-z0-9:/._-]{0,80}+")
_NODE_LINES = {
    "argon": "4",
    "boron": "6",
    "carbon": "8",
    "dubnium": "10",
    "erbium": "12",
    "fermium": "14",
    "gallium": "16",
    "hydrogen": "18",
    "iron": "20",
    "jod": "22",
    "krypton": "24",
}
"""Code names of Node.js' long-term lines -> their major version (https://github.com/nodejs/Release)."""
_LONGEST = 200


class VersionFile(Extractor):
    """`.python-version`, `.nvmrc` and their like: one version a line. What names no version (`system`) is none."""

    name: ClassVar[str] = "version-file"
    ecosystem: ClassVar[str] = "generic"
    lock: ClassVar[bool] = True

    def wants(self, path: str) -> bool:
        """Return whether a file of this path holds a runtime's version."""
        return path.rpartition("/")[2] in _FILES

    def likely(self, head: bytes) -> bool:
        """Return whether a wanted file is short: `runtime.txt` can be anything."""
        return len(head) < _LONGEST

    def extract(self, file: SourceFile) -> Extracted:
        """Return the versions that the file names."""
        runtime = _FILES[file.path.rpartition("/")[2]]
        rows = ((runtime, word, line) for line, text in _lines(text_of(file)) for word in text.split()[:1])
        return _extracted(rows)


class ToolVersions(Extractor):
    """asdf's `.tool-versions`: a tool and its versions a line, the first one in use."""

    name: ClassVar[str] = "asdf"
    ecosystem: ClassVar[str] = "generic"
    lock: ClassVar[bool] = True

    def wants(self, path: str) -> bool:
        """Return whether this is asdf's file."""
        return path.rpartition("/")[2] == ".tool-versions"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the tools at their versions."""
        rows = ((words[0], words[1], line) for line, text in _lines(text_of(file)) if len(words := text.split()) > 1)
        return _extracted((_TOOLS.get(tool, tool), version, line) for tool, version, line in rows)


class MiseToml(Extractor):
    """mise's `mise.toml`, with its `[tools]`."""

    name: ClassVar[str] = "mise"
    ecosystem: ClassVar[str] = "generic"
    lock: ClassVar[bool] = True

    def wants(self, path: str) -> bool:
        """Return whether this is mise's configuration."""
        return path.rpartition("/")[2] in {"mise.toml", ".mise.toml"}

    def extract(self, file: SourceFile) -> Extracted:
        """Return the tools at their versions. Raises: UnreadableError."""
        import tomllib

        text = text_of(file)
        try:
            tools = table(tomllib.loads(text).get("tools"))
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise UnreadableError(f"not valid TOML: {str(error)[:200]}") from error
        return _extracted(_of_mise(tools, text))


def _of_mise(tools: dict[str, object], text: str) -> Iterator[tuple[str, str, int]]:
    lines = text.splitlines()
    for tool, told in tools.items():
        first = told[0] if isinstance(told, list) and told else told
        version = string(first) or string(table(first).get("version"))
        line = next((n for n, one in enumerate(lines, 1) if one.lstrip().strip("\"'").startswith(tool)), 1)
        yield _TOOLS.get(tool, tool), version, line


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if kept := line.partition("#")[0].strip():
            yield number, kept[:_LONGEST]


def _extracted(rows: Iterable[tuple[str, str, int]]) -> Extracted:
    found = [
        Package(key=f"{tool}:{line}", name=tool, version=version, line=line, direct=True, scope=BUILD)
        for tool, written, line in rows
        if _TOOL.fullmatch(tool) and (version := _version(tool, written))
    ]
    kept, problems = bounded(found, [])
    return Extracted(packages=kept, problems=problems)


def _version(tool: str, written: str) -> str:
    """Return the version in what is written for a tool, empty for `system`, `latest`, a path and other words."""
    text = written.strip().lower()
    if tool == "nodejs" and text.startswith("lts/"):
        return _NODE_LINES.get(text.removeprefix("lts/"), "")
    found = _VERSION.fullmatch(text)
    return found[1] if found else ""
