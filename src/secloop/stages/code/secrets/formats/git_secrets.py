"""git-secrets' patterns in git's configuration, and its `.gitallowed`.

`secrets.patterns` are rules, `secrets.allowed` and the lines of `.gitallowed` hide what they match in
`path:line:text`. `secrets.providers` are commands: they are never run. Source: the README of git-secrets 1.3.
Git is not started: its configuration is read as text, the user's first and the repository's then; files it includes
are not followed.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secloop.model.errors import UsageError
from secloop.model.regex import lazy
from secloop.stages.code.secrets.formats.base import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.stages.code.secrets.formats.base import Hider, Seen
    from secloop.stages.code.secrets.formats.gitleaks import GitleaksConfig

ALLOWED = ".gitallowed"
_SOURCE = "git's configuration"
_SECTION = lazy(r'\[\s*([A-Za-z0-9.-]+)\s*("(?:[^"\\]|\\.)*"\s*)?\]\s*(.*)')
_KEY = lazy(r"([A-Za-z][A-Za-z0-9-]*)\s*(?:=\s*(.*))?$")
_ESCAPES = {"n": "\n", "t": "\t", "b": "\b"}


@dataclass(frozen=True, slots=True)
class AllowedLines:
    """Patterns of what is allowed, over `path:line:text` as grep prints it."""

    patterns: tuple[Any, ...]

    def why(self, seen: Seen) -> str:
        """Return that a pattern allows the line."""
        path = seen.file.path.encode("utf-8", "replace")
        for number in sorted(seen.lines):
            line = b"%s:%d:%s" % (path, number, seen.line)
            if any(one.search(line) for one in self.patterns):
                return "allowed for git-secrets"
        return ""


@dataclass(frozen=True)
class Patterns:
    """Rules and hiders, ready to run."""

    rules: tuple[Any, ...]
    hiders: tuple[Hider, ...]
    digest: str


def read_patterns(root: Path) -> Patterns | None:
    """Return what git-secrets is set to for the repository at or above `root`, or None where it is not in use.

    Raises: UsageError for a pattern that RE2 does not accept.
    """
    found: dict[str, list[str]] = {"patterns": [], "allowed": []}
    for path in _config_files(root):
        for key, value in _entries(path):
            if key in found and value:
                found[key].append(value)
    allowed = [*found["allowed"], *_lines(root / ALLOWED)]
    if not found["patterns"] and not allowed:
        return None
    from secloop.stages.code.secrets.formats.compiling import compile_config

    made = compile_config(_config(found["patterns"]))
    digest = hashlib.sha256(repr((found["patterns"], allowed)).encode()).hexdigest()
    hiders = (AllowedLines(tuple(map(_pattern, allowed))),) if allowed else ()
    return Patterns(tuple(made.rules), hiders, digest)


def parse_config(text: str) -> Iterator[tuple[str, str]]:
    """Yield the (key, value) pairs of the section `secrets` of a git configuration, keys in lower case.

    Source: git-config(1), "Syntax": quotes, escapes, comments, lines that go on behind a backslash.
    """
    inside = False
    for raw in re.sub(r"\\\r?\n", "", text).splitlines():
        line = raw.strip()
        if match := _SECTION.match(line):
            inside = match[1].lower() == "secrets" and not match[2]
            line = match[3]
        if inside and (match := _KEY.match(line)):
            yield match[1].lower(), _value(match[2] or "")


def _value(text: str) -> str:
    out: list[str] = []
    quoted, chars = False, iter(text)
    for char in chars:
        if char == "\\":
            following = next(chars, "")
            out.append(_ESCAPES.get(following, following))
        elif char == '"':
            quoted = not quoted
        elif char in "#;" and not quoted:
            break
        else:
            out.append(char)
    value = "".join(out)
    return value if text.rstrip().endswith('"') else value.rstrip()


def _config(patterns: list[str]) -> GitleaksConfig:
    """Return the patterns as rules. grep -w finds whole words only, and looks at one line at a time."""
    from secloop.stages.code.secrets.formats.gitleaks import GitleaksConfig, GitleaksRule

    rules = {}
    for n, pattern in enumerate(dict.fromkeys(patterns), 1):
        name = f"git-secrets-{n}"
        rules[name] = GitleaksRule(
            id=name,
            description=f"A pattern of git-secrets, number {n}",
            regex=rf"(?m)(?:^|[^0-9A-Za-z_])({pattern})(?:[^0-9A-Za-z_]|$)",
        )
    return GitleaksConfig(rules=rules, files=(_SOURCE,))


def _pattern(text: str) -> Any:
    import re2

    from secloop.stages.code.secrets.compiled import message, pattern

    try:
        return pattern(text)
    except re2.error as problem:
        what = f"git-secrets' allowed pattern {text!r}: {message(problem)}"
        raise UsageError(what, "Write it as RE2 accepts it") from None


def _entries(path: Path) -> Iterator[tuple[str, str]]:
    text = _text(path)
    return parse_config(text) if "[secrets" in text.replace(" ", "").lower() else iter(())


def _lines(path: Path) -> list[str]:
    return [line for line in _text(path).splitlines() if line.strip() and not line.startswith("#")]


def _text(path: Path) -> str:
    """Return a small text file's content; empty where there is none or it cannot be read, as git-secrets has it."""
    try:
        if not path.is_file():  # a pipe would be waited for
            return ""
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        return data.decode("utf-8", "replace") if len(data) <= MAX_BYTES else ""
    except OSError:
        return ""


def _config_files(root: Path) -> Iterator[Path]:
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    yield Path(base) / "git" / "config"
    yield Path.home() / ".gitconfig"
    for folder in (root, *root.resolve().parents):
        git = folder / ".git"
        if git.is_dir():
            yield git / "config"
            return
        if git.is_file():
            target = folder / _text(git).removeprefix("gitdir:").strip()
            common = _text(target / "commondir").strip()
            yield (target / common if common else target) / "config"
            return
