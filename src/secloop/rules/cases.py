"""The fences under Examples: from an info string and a text to a case.

    ```python bad=flask file=app.py group=x lines=3,7 at=aws_s3_bucket.b

A mark `<- here` in a comment at the end of a line means: this line is found. Marks are taken out of the case.
"""

from __future__ import annotations

import re
import shlex
from difflib import get_close_matches
from typing import NamedTuple

from secloop.model.errors import UsageError
from secloop.model.regex import lazy
from secloop.model.rule import Case
from secloop.rules.frontmatter import PageError
from secloop.rules.generate import expand

MAX_CASES = 500
"""The most fences one page may have."""

_KEYS = ("bad", "good", "file", "group", "at", "lines")
# Each run of blanks is read once: a page of blanks must not take quadratic time.
_MARK = lazy(
    r"(?<![ \t])[ \t]*+(?:#|//|--|;|%|/\*|<!--)[ \t]*+<-[ \t]*+here\b[ \t]*+(?:\*/|-->)?[ \t]*+$", re.MULTILINE
)
_LINES = lazy(r"[1-9][0-9]{0,5}(,[1-9][0-9]{0,5})*")
_DRIVE = lazy(r"[A-Za-z]:")
_FILES = {
    "bash": "case.sh",
    "c": "case.c",
    "cpp": "case.cpp",
    "csharp": "Case.cs",
    "dockerfile": "Dockerfile",
    "dotenv": ".env",
    "env": ".env",
    "go": "case.go",
    "hcl": "main.tf",
    "html": "case.html",
    "ini": "case.ini",
    "java": "Case.java",
    "javascript": "case.js",
    "js": "case.js",
    "json": "case.json",
    "jsx": "case.jsx",
    "kotlin": "Case.kt",
    "makefile": "Makefile",
    "markdown": "case.md",
    "md": "case.md",
    "php": "case.php",
    "powershell": "case.ps1",
    "properties": "case.properties",
    "python": "case.py",
    "py": "case.py",
    "ruby": "case.rb",
    "rust": "case.rs",
    "scala": "Case.scala",
    "sh": "case.sh",
    "shell": "case.sh",
    "sql": "case.sql",
    "swift": "case.swift",
    "terraform": "main.tf",
    "text": "case.txt",
    "toml": "case.toml",
    "ts": "case.ts",
    "tsx": "case.tsx",
    "typescript": "case.ts",
    "xml": "case.xml",
    "yaml": "case.yaml",
    "yml": "case.yml",
}


class Fence(NamedTuple):
    """A fenced block of a page: its info string, its text, and the page's line of its opening fence (from 1)."""

    info: str
    text: str
    line: int


def read(fences: list[Fence], source: str) -> tuple[Case, ...]:
    """Return the cases of the fences under Examples, in order.

    A fence of a `group` may leave out `bad`/`good`: it is one more file of that group's case.
    Raises: PageError.
    """
    if len(fences) > MAX_CASES:
        raise PageError(source, fences[MAX_CASES].line, f"the page has over {MAX_CASES} cases", "Split the page")
    parsed = [(fence, _info(fence, source)) for fence in fences]
    verdicts = _group_verdicts(parsed, source)
    return tuple(_case(fence, info, verdicts, source) for fence, info in parsed)


def is_case(info: str) -> bool:
    """Return whether an info string marks a case."""
    return any(word.partition("=")[0] in {"bad", "good"} for word in info.split())


def _case(fence: Fence, info: dict[str, str], verdicts: dict[str, tuple[bool, str]], source: str) -> Case:
    verdict = _verdict(info) or verdicts.get(info.get("group", ""))
    if verdict is None:
        todo = "Add bad=<matcher>, good=<matcher> or good to its info string, or move it to another section"
        raise PageError(source, fence.line, "an example is neither bad nor good", todo)
    bad, matcher = verdict
    text, marks = _marks(fence, source)
    lines = _given_lines(info, fence, source) or marks
    if not bad and (lines or "at" in info):
        raise PageError(source, fence.line, "a good case has lines to be found", "Remove the marks, lines= and at=")
    return Case(
        bad=bad,
        matcher=matcher,
        text=text,
        file=_file(info, fence, source),
        line=fence.line,
        lines=lines,
        at=info.get("at", ""),
        group=info.get("group", ""),
    )


def _info(fence: Fence, source: str) -> dict[str, str]:
    """Return an info string as keys and values; the language is under `language`."""
    try:
        words = shlex.split(fence.info)
    except ValueError as error:
        raise PageError(source, fence.line, "the fence's info string has an open quote", "Close it") from error
    pairs = [word.partition("=") for word in words]
    info: dict[str, str] = {}
    for index, (key, equals, value) in enumerate(pairs):
        if index == 0 and not equals and key not in _KEYS:
            info["language"] = key.lower()
        elif key not in _KEYS:
            close = get_close_matches(key, _KEYS, n=1)
            todo = f"Did you mean {close[0]}" if close else f"Use {', '.join(_KEYS)}"
            raise PageError(source, fence.line, f"{key} is no key of a fence", todo)
        elif key in info:
            raise PageError(source, fence.line, f"the fence gives {key} twice", "Keep one")
        elif not value and key != "good":
            raise PageError(source, fence.line, f"the fence's {key}= is empty", f"Write {key}=<value>")
        else:
            info[key] = value
    if "bad" in info and "good" in info:
        raise PageError(source, fence.line, "an example is both bad and good", "Keep one")
    return info


def _verdict(info: dict[str, str]) -> tuple[bool, str] | None:
    if "bad" in info:
        return True, info["bad"]
    return (False, info["good"]) if "good" in info else None


def _group_verdicts(parsed: list[tuple[Fence, dict[str, str]]], source: str) -> dict[str, tuple[bool, str]]:
    """Return what each group's case is, and refuse groups that disagree or hold a file twice."""
    verdicts: dict[str, tuple[bool, str]] = {}
    files: set[tuple[str, str]] = set()
    for fence, info in parsed:
        group, verdict = info.get("group"), _verdict(info)
        if group is None:
            continue
        if verdict and verdicts.setdefault(group, verdict) != verdict:
            raise PageError(source, fence.line, f"the group {group} is bad and good at once", "Make it two groups")
        member = (group, _file(info, fence, source))
        if member in files:
            raise PageError(
                source, fence.line, f"the group {group} holds {member[1]} twice", "Give file= to each fence"
            )
        files.add(member)
    return verdicts


def _marks(fence: Fence, source: str) -> tuple[str, tuple[int, ...]]:
    """Return the text without its marks, generators as they are, and the marked lines of the expanded text.

    A mark behind a generator of several lines means its first line.
    """
    try:
        expand(fence.text)
    except UsageError as error:
        raise PageError(source, fence.line, error.what, error.todo) from error
    at, lines = 1, []
    for line in fence.text.split("\n"):
        if _MARK.search(line):
            lines.append(at)
        at += 1 + (expand(line).count("\n") if "{{pem:" in line else 0)
    return _MARK.sub("", fence.text), tuple(lines)


def _given_lines(info: dict[str, str], fence: Fence, source: str) -> tuple[int, ...]:
    given = info.get("lines", "")
    if not given:
        return ()
    if not _LINES.fullmatch(given):
        raise PageError(source, fence.line, f"lines={given} is no list of lines", "Write e.g. lines=3,7")
    lines = tuple(sorted({int(line) for line in given.split(",")}))
    if lines[-1] > expand(fence.text).count("\n") + 1:
        raise PageError(source, fence.line, f"lines={given} lies beyond the example's end", "Lines count from 1")
    return lines


def _file(info: dict[str, str], fence: Fence, source: str) -> str:
    """Return the case's file, relative and inside its folder, forward slashes."""
    name = info.get("file") or _FILES.get(info.get("language", "text"))
    if name is None:
        raise PageError(source, fence.line, f"no file name is known for {info['language']}", "Add file=<name>")
    parts = name.split("/")
    if "\\" in name or "\0" in name or _DRIVE.match(name) or any(part in {"", ".", "..", ".git"} for part in parts):
        raise PageError(source, fence.line, f"file={name} leaves the case's folder", "Write a relative path")
    return name
