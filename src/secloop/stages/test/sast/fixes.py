"""What a rule says is to be written in place of what it finds: `fix` and `fix-regex` of Semgrep's format.

A rule of ours may say more: `fix: {replace: TEXT, safe: true}`, or `fix: {regex: ..., replacement: ..., count: 1}`, or
a list of these. A fix that does not say that it is safe is not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from os.path import commonprefix
from typing import TYPE_CHECKING, Any

from secloop.model.finding import Edit, Fix
from secloop.model.fix import digest
from secloop.stages.test.sast.pattern.literals import compiled
from secloop.stages.test.sast.semgrep.formula import BadRuleError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secloop.stages.test.sast.pattern.env import Env
    from secloop.stages.test.sast.tree import Node

LONGEST = 20_000
"""Bytes of what is replaced, and characters of what is written in its place."""
KEYS = frozenset({"replace", "regex", "replacement", "count", "safe", "summary"})
_NAME = re.compile(r"\$(\.\.\.)?([A-Z_][A-Z_0-9]*|[0-9]+)")
_QUOTES = ("'''", '"""', "'", '"', "`")


@dataclass(frozen=True, slots=True)
class Correction:
    """A text with metavariables in place of the whole finding, or a replacement within its text."""

    replace: str | None = None
    regex: str | None = None
    replacement: str = ""
    count: int = 0
    safe: bool = False
    summary: str = ""


def read_fix(given: Any) -> tuple[Correction, ...]:
    """Read the `fix` of a matcher: one, or a list; the first that changes anything holds. Raises: BadRuleError."""
    if given is None:
        return ()
    return tuple(_read(one) for one in (given if isinstance(given, list) else [given]))


def _read(given: Any) -> Correction:
    if isinstance(given, str):
        return Correction(replace=given.strip())
    if not isinstance(given, Mapping) or not KEYS.issuperset(given):
        raise BadRuleError(f"fix is a text, or a mapping of {', '.join(sorted(KEYS))}")
    if ("replace" in given) == ("regex" in given):
        raise BadRuleError("fix has either replace, or regex and replacement")
    count = given.get("count", 0)
    if not isinstance(count, int) or not 0 <= count <= LONGEST:
        raise BadRuleError("the count of a fix is a number")
    regex = str(given["regex"]) if "regex" in given else None
    if regex is not None:
        try:
            compiled(regex)
        except re.error as problem:
            raise BadRuleError(f"the regex of a fix cannot be read: {problem}") from problem
    return Correction(
        replace=str(given["replace"]).strip() if "replace" in given else None,
        regex=regex,
        replacement=str(given.get("replacement", "")),
        count=count,
        safe=given.get("safe") is True,
        summary=str(given.get("summary", "")),
    )


def foreign_fix(spec: Mapping[str, Any]) -> Any:
    """Return the `fix` or `fix-regex` of a rule of Semgrep's format, as a matcher has it; None where there is none.

    What cannot be read is left out: the rule finds what it finds all the same.
    """
    fix, regex = spec.get("fix"), spec.get("fix-regex")
    found: Any = None
    if isinstance(fix, str):
        found = {"replace": fix}
    elif isinstance(regex, Mapping):
        found = {key: regex[key] for key in ("regex", "replacement", "count") if key in regex}
    try:
        return found if found and read_fix(found) else None
    except BadRuleError:
        return None


class FixedFile:
    """A file that fixes are written for."""

    def __init__(self, path: str, data: bytes) -> None:
        """Take the file."""
        self._path, self._data = path, data

    @cached_property
    def _plain(self) -> bool | None:
        """Whether bytes are characters; None where the file is no UTF-8 text, which nothing is written into."""
        try:
            text = self._data.decode("utf-8")
        except UnicodeDecodeError:
            return None
        return len(text) == len(self._data)

    @cached_property
    def _digest(self) -> str:
        return digest(self._data)

    def fix(self, corrections: Sequence[Correction], start: int, end: int, env: Env) -> Fix | None:
        """Return the edit of what stands at bytes start..end; None where none changes anything."""
        return next((fix for one in corrections if (fix := self._fix(one, start, end, env)) is not None), None)

    def _fix(self, correction: Correction, start: int, end: int, env: Env) -> Fix | None:
        if self._plain is None or end - start > LONGEST:
            return None
        start, end = self._content(start, end, env)
        before = self._data[start:end].decode("utf-8", "replace")
        after = self._after(correction, before, env)
        if after is not None and correction.replace is not None and "\n" in after:
            after = self._indented(after, start)
        if after is None or after == before or len(after) > LONGEST:
            return None
        first = start if self._plain else len(self._data[:start].decode("utf-8", "replace"))
        # Only what differs is changed, so that findings within one another agree.
        kept = len(commonprefix([before, after]))  # noqa: RUF071 - characters are meant
        tail = len(commonprefix([before[kept:][::-1], after[kept:][::-1]]))  # noqa: RUF071 - as above
        end = first + len(before) - tail
        text = after[kept : len(after) - tail]
        edit = Edit(file=self._path, sha256=self._digest, start=first + kept, end=end, text=text)
        return Fix(edits=(edit,), safe=correction.safe, summary=correction.summary)

    def _content(self, start: int, end: int, env: Env) -> tuple[int, int]:
        """Return the extent of what is replaced: of a string of which the content was asked for, the content."""
        if any(node.kind == "text" and (node.start, node.end) == (start, end) for node in env.values()):
            quote = _quote(self._data[start:end].decode("utf-8", "replace"))
            return start + quote, end - quote
        return start, end

    def _indented(self, text: str, start: int) -> str:
        """Return a text whose further lines stand as deep as the line that it begins in."""
        line = self._data[self._data.rfind(b"\n", 0, start) + 1 : start]
        margin = line[: len(line) - len(line.lstrip(b" \t"))].decode()
        first, *rest = text.split("\n")
        return "\n".join([first, *(f"{margin}{one}" if one.strip() else one for one in rest)])

    def _after(self, correction: Correction, before: str, env: Env) -> str | None:
        if correction.replace is not None:
            return self._filled(correction.replace, env)
        try:
            return compiled(correction.regex or "").sub(correction.replacement, before, count=correction.count)
        except (re.error, IndexError):
            return None

    def _filled(self, text: str, env: Env) -> str | None:
        """Return a text with what the metavariables stand for; None where one stands for nothing."""
        missing = False

        def bound(found: re.Match[str]) -> str:
            nonlocal missing
            node = env.get(f"...{found[2]}" if found[1] else found[2])
            if node is None:
                missing = missing or not found[2].isdigit()
                return found[0]
            return self._source(node)

        filled = _NAME.sub(bound, text)
        return None if missing else filled

    def _source(self, node: Node) -> str:
        """Return a part of the file; of a string of which only the content is meant, the content."""
        text = self._data[node.start : node.end].decode("utf-8", "replace")
        quote = _quote(text) if node.kind == "text" else 0
        return text[quote : len(text) - quote]


def _quote(text: str) -> int:
    """Return how long the quotes around a text are."""
    return next((len(q) for q in _QUOTES if text.startswith(q) and text.endswith(q) and len(text) >= 2 * len(q)), 0)
