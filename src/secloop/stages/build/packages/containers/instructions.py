"""The instructions of a Dockerfile: continued lines, comments between them, heredocs and the escape directive.

See https://docs.docker.com/reference/dockerfile/. Nothing is run and no variable but `ARG` and `ENV` is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from secloop.model.regex import lazy

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Mapping

_DIRECTIVE = lazy(r"#\s*([A-Za-z]+)\s*=\s*(.*)")
_HEREDOC = lazy(r"<<-?\s*([\"']?)([A-Za-z_]\w*)\1")
_MOST_CONTINUED = 5000
_VARIABLE = lazy(r"\$(?:(\w+)|\{(\w+)(?::?([-+])([^{}$]*+))?\})")


class Instruction(NamedTuple):
    """One instruction: its name in upper case, and its text as (line, words) rows, continuations and heredocs apart."""

    name: str
    rows: tuple[tuple[int, str], ...]

    @property
    def line(self) -> int:
        """The line (from 1) of the instruction's name."""
        return self.rows[0][0]

    @property
    def text(self) -> str:
        """The arguments on one line."""
        return " ".join(text for _, text in self.rows).strip()


def directives(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield (line, name in lower case, value) of the parser directives at the top of the file."""
    for number, raw in enumerate(text.split("\n"), 1):
        found = _DIRECTIVE.fullmatch(raw.strip())
        if found is None:
            return
        yield number, found[1].lower(), found[2].strip()


def instructions(text: str) -> Iterator[Instruction]:
    """Yield the instructions in order; what follows an unclosed heredoc belongs to it."""
    lines = text.split("\n")
    escape = next((value for _, name, value in directives(text) if name == "escape"), "\\")
    at = 0
    while at < len(lines):
        body = lines[at].strip()
        if not body or body[0] == "#":
            at += 1
            continue
        at, rows = _rows(lines, at, escape)
        name, _, rest = rows[0][1].partition(" ")
        yield Instruction(name.upper(), ((rows[0][0], rest.strip()), *rows[1:]))


def _rows(lines: list[str], at: int, escape: str) -> tuple[int, list[tuple[int, str]]]:
    """Return the index after an instruction, and its lines with their numbers."""
    rows: list[tuple[int, str]] = []
    going = True
    while going and at < len(lines) and len(rows) < _MOST_CONTINUED:
        body = lines[at].strip()
        at += 1
        if rows and (not body or body[0] == "#"):
            continue  # Docker drops comments and empty lines inside an instruction
        going = body.endswith(escape)
        rows.append((at, body[:-1].rstrip() if going else body))
    for found in _HEREDOC.finditer(" ".join(text for _, text in rows)):
        while at < len(lines) and len(rows) < _MOST_CONTINUED:
            body = lines[at].strip()
            at += 1
            if body == found[2]:
                break
            # In a script a line ends a command; outside, only an operator does.
            rows.append((at, body[:-1] if body.endswith("\\") else f"{body} ;"))
    return at, rows


def expand(text: str, values: Mapping[str, str]) -> str:
    """Return `text` with `$NAME`, `${NAME}`, `${NAME:-default}` and `${NAME:+other}` replaced once where known."""

    def value(found: re.Match[str]) -> str:
        known = values.get(found[1] or found[2], "")
        if found[3] == "+":
            return found[4] if known else ""
        return known or (found[4] if found[3] == "-" else found[0])

    return _VARIABLE.sub(value, text)
