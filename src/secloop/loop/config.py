"""Loading the configuration: `secloop.toml`, or `[tool.secloop]` in `pyproject.toml`. docs/config.md lists the keys."""

from __future__ import annotations

import re
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

from secloop.model.config import Config, seconds, size_bytes
from secloop.model.errors import UsageError
from secloop.model.regex import lazy
from secloop.policy import files
from secloop.policy.decode import convert

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from secloop.policy.decode import KeyPath

FILE = "secloop.toml"
PYPROJECT = "pyproject.toml"
MAX_BYTES = 1 << 20
MAX_FILE_BYTES = 512 << 20
"""The most that `[scan] max_file_size` may be: a file is read into memory."""

MAX_FILE_SECONDS = 600
"""The most that `[scan] file_timeout` may be."""

_BELOW = "Use a path below the root"
_AT = lazy(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def load_config(root: Path) -> Config:
    """Return the configuration of the project at `root`: `secloop.toml` before `[tool.secloop]`, else the defaults.

    Raises: UsageError `file:line: ...` for broken TOML, an unknown key (with a suggestion), a wrong type or value, a
    bound that is no bound, or a path that leads out of the project: whoever wrote the repository would choose what is
    read and written elsewhere.
    """
    own, shared = root / FILE, root / PYPROJECT
    if files.exists(own):
        text = files.read_text(own, MAX_BYTES)
        return _checked(tables(text, FILE), root, _where(text, FILE, ""))
    if files.exists(shared):
        text = files.read_text(shared, MAX_BYTES)
        # Broken pyproject.toml of a project that does not use it for us is the dependency sensor's to report.
        if "tool" in text and "secloop" in text:
            table = tables(text, PYPROJECT).get("tool", {})
            if isinstance(table, dict) and "secloop" in table:
                return _checked(table["secloop"], root, _where(text, PYPROJECT, "tool.secloop."))
    return Config()


_MAX_PARTS = 4000


def tables(text: str, source: str) -> dict[str, Any]:
    """Return the tables of a TOML text. Raises: UsageError `source:line: ...`.

    tomllib takes quadratic time for a key of many parts (6 s for one of 32 KB). Only a parser can tell keys from
    strings, so dots are counted, and lines that could cost too much together are refused.
    """
    import tomllib

    left = _MAX_PARTS**2
    for number, line in enumerate(text.split("\n"), 1):
        left -= line.count(".") ** 2
        if left < 0:
            raise UsageError(f"{source}:{number}: too many dots on one line", "Break the line, or shorten its keys")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        found = _AT.search(message)
        line = found[1] if found and found[1] else str(text.count("\n") + 1)
        raise UsageError(f"{source}:{line}: not valid TOML ({_AT.sub('', message)})", "Correct the file") from error
    except RecursionError as error:
        raise UsageError(f"{source} is nested too deeply", "Flatten it") from error


def _checked(table: object, root: Path, where: Callable[[KeyPath], str]) -> Config:
    """Return the configuration of a table; `where` says where a key of it stands. Raises: UsageError."""
    config = convert(table, Config, where)
    for format_, path in config.output.reports.items():
        if not is_inside(path):
            place = where(("output", "reports", format_))
            raise UsageError(f'{place}report path "{path}" leads out of the project', _BELOW)
    for key, paths, todo in (
        (("rules", "paths"), config.rules.paths, _BELOW),
        (("gate", "policies"), config.gate.policies, _BELOW),
        (("build", "advisories"), config.build.advisories, "Use a path below the root, or give it by --advisories"),
    ):
        for path in filter(None, paths):
            if not (is_inside(path) and _stays(root / path, root)):
                raise UsageError(f'{where(key)}{".".join(key)}: "{path}" leads out of the project', todo)
    _check_bounds(config, where)
    return config


def _check_bounds(config: Config, where: Callable[[KeyPath], str]) -> None:
    """Refuse bounds that are none: a repository must not make a scan endless, nor one that looks at nothing."""
    size, time = config.scan.max_file_size, config.scan.file_timeout
    for key, given, wrong, most in (
        ("max_file_size", size, not 0 < size_bytes(size) <= MAX_FILE_BYTES, f"{MAX_FILE_BYTES >> 20}MB"),
        ("file_timeout", time, not 0 < seconds(time) <= MAX_FILE_SECONDS, f"{MAX_FILE_SECONDS}s"),
    ):
        if wrong:
            what = f'{where(("scan", key))}scan.{key}: "{given}" is not between 1 and {most}'
            raise UsageError(what, f"Write at most {most}")


def _stays(path: Path, root: Path) -> bool:
    """Return whether a path, its symbolic links followed, lies below the root."""
    try:
        return path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError, ValueError):  # a loop of links, or a NUL in the name
        return False


def is_inside(path: str) -> bool:
    """Return whether a relative path stays below the folder it starts from, on any system, symbolic links aside."""
    if not path or PurePosixPath(path).is_absolute() or PureWindowsPath(path).drive or path.startswith("\\"):
        return False
    depth = 0
    for part in PurePosixPath(path.replace("\\", "/")).parts:
        depth += -1 if part == ".." else 1
        if depth < 0:
            return False
    return True


def _where(text: str, source: str, prefix: str) -> Callable[[KeyPath], str]:
    """Return what turns a key path into `source:line: `, as near as the text shows it."""

    def where(path: KeyPath) -> str:
        line = _line(text, [*filter(None, prefix.split(".")), *(step for step in path if isinstance(step, str))])
        return f"{source}:{line}: " if line else f"{source}: "

    return where


_HEADER = lazy(r"^\s*\[\[?([^\[\]]+)\]\]?\s*(?:#.*)?$")
_KEY = lazy(r"""^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")


def _line(text: str, path: list[str]) -> int:
    """Return the line (from 1) of the longest start of `path` that is a table or a key in TOML text, 0 for none.

    tomllib gives no positions. This reads headers and keys only; at worst a message names a neighbouring line.
    """
    best, line, table = 0, 0, list[str]()
    for number, content in enumerate(text.split("\n"), 1):
        if header := _HEADER.match(content):
            here = table = _names(header[1])
        elif key := _KEY.match(content):
            here = [*table, *_names(key[1])]
        else:
            continue
        if best < len(here) <= len(path) and here == path[: len(here)]:
            best, line = len(here), number
    return line


def _names(dotted: str) -> list[str]:
    return [name.strip().strip("\"'") for name in re.findall(r"""[\w-]+|"[^"]*"|'[^']*'""", dotted)]
