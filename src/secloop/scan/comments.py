"""Ignore comments: ours and the ones other tools taught people to write (conventions.md).

They are found by a sensor like any other, so they are cached with their file. Policy decides what they hide.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from secloop.model.enums import Stage
from secloop.model.finding import Suppression
from secloop.model.regex import lazy
from secloop.scan.base import Flag, SensorInfo, SourceFile
from secloop.scan.literals import Literals
from secloop.scan.masking import STARS, mask

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from secloop.model.finding import Observation
    from secloop.rules.base import RuleSet
    from secloop.scan.base import FileGroup, FileMeta, GroupUnit, Settings

NAME = "ignores"
_VERSION = "2"

# One of these is in every marker.
_HINTS = Literals((
    b"secloop:", b"nosem", b"NOSEM", b"nosec", b"gitleaks:", b"pragma:", b":skip", b"trivy:", b"tfsec:", b"kics-scan",
    b"NOSONAR", b"noqa", b"NOQA", b"hadolint",
))  # fmt: skip

_INTRODUCER = lazy(r"#|//|/\*|^\s*\*|--|;|<!--|%|\(\*|^\s*@?(?:rem|::)\b", re.IGNORECASE)
"""What starts a comment somewhere. A marker without one before it on its line is prose or data."""

_QUOTE = "'"
"""Starts a comment in Visual Basic, and strings nearly everywhere else."""
_QUOTE_COMMENTS = frozenset({"", "vb"})

_ID = r"(?:\w|\*(?!/))(?:[\w.*/:-]*(?:\w|\*(?!/)))?"
_IDS = rf"{_ID}(?:\s*,\s*{_ID})*"
_EXPIRED = "0001-01-01"
"""For a date that cannot be read: an ignore that was meant to end must not hold for ever."""

_REASON = lazy(r"""\breason=(?:"([^"]{0,500})"|'([^']{0,500})'|(\S{1,200}))""")
_UNTIL = lazy(r"\buntil=(\S{1,40})")
_MOST_ON_LINE = 100
"""Comments of one tool on one line; a line with more is data."""

_LONGEST_DETAILS = 1000
_TOKEN = lazy(r"(?=[\w+/=]*\d)(?=[\w+/=]*[a-z])(?=[\w+/=]*[A-Z])[\w+/=]{20,}|[0-9a-f]{24,}")
"""What is a token and no rule's id."""

_WORD = lazy(r"\S*\d\S*")
_DATE = lazy(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")


class _Marker(NamedTuple):
    """A tool's syntax. The pattern's groups: `rules`, `reason`, `until`, `next` (covers only the next line)."""

    tool: str
    pattern: re.Pattern[str]


_MARKERS = tuple(
    _Marker(tool, lazy(pattern))
    for tool, pattern in (
        ("secloop", rf"\bsecloop:ignore\b(?:[ \t]+(?P<rules>{_IDS})(?![\w.:-]|\s*=))?"),
        ("semgrep", rf"\b(?:nosem(?:grep)?|NOSEM(?:GREP)?)\b(?:\s*:\s*(?P<rules>{_IDS}))?"),
        ("bandit", r"\bnosec\b:?[ \t]*(?P<rules>[BG]\d{3}(?:[ \t,]+[BG]\d{3})*)?"),
        ("gitleaks", r"\bgitleaks:allow\b"),
        ("detect-secrets", r"\bpragma:[ \t]*(?:allow|white)list[ \t]+(?P<next>nextline[ \t]+)?secret\b"),
        (
            "checkov",
            r"\b(?:checkov|bridgecrew|cortex):skip[ \t]*=[ \t]*(?P<rules>[\w-]+(?:,[\w-]+)*)(?::(?P<reason>.{0,500}))?",
        ),
        ("trivy", r"\btrivy:ignore:(?P<rules>[\w*-]+(?:\.[\w*-]+)*)(?::exp:(?P<until>\S{1,40}))?"),
        ("tfsec", r"\btfsec:ignore:(?P<rules>[\w*-]+)(?::exp:(?P<until>\S{1,40}))?"),
        ("kics", r"\bkics-scan[ \t]+ignore-line\b"),
        ("sonar", r"\bNOSONAR\b(?:\((?P<rules>[\w:, ]+)\))?"),
        ("ruff", r"\b(?:noqa|NOQA):[ \t]*(?P<rules>[A-Z]+\d+(?:[ \t,]+[A-Z]+\d+)*)"),
        ("hadolint", r"\bhadolint[ \t]+ignore=(?P<rules>[A-Z]+\d+(?:[ \t]*,[ \t]*[A-Z]+\d+)*)"),
    )
)


class IgnoreComments:
    """Finds ignore comments in every text file."""

    def __init__(self) -> None:
        """Nothing is needed."""
        self.info = SensorInfo(name=NAME, version=_VERSION, stage=Stage.CODE, kinds=())

    def configure(self, settings: Settings, rules: RuleSet) -> str:  # noqa: ARG002 - the protocol's signature
        """Return a constant: nothing but the file decides."""
        return ""

    def wants(self, file: FileMeta) -> bool:
        """Want all text."""
        return Flag.BINARY not in file.flags

    def group(self, files: Sequence[FileMeta]) -> Iterable[FileGroup]:  # noqa: ARG002 - as above
        """Return no units."""
        return ()

    def scan(self, unit: SourceFile | GroupUnit) -> Iterable[Observation]:
        """Return the file's suppressions by line."""
        return suppressions(unit) if isinstance(unit, SourceFile) else ()

    def suspects(self, files: Sequence[SourceFile]) -> set[int]:
        """Return the numbers of the files that hold a hint."""
        return _HINTS.among([file.data for file in files])

    def finish(self, facts: Sequence[Observation], known: Mapping[str, bytes]) -> Iterable[Observation]:  # noqa: ARG002 - as above
        """Add nothing."""
        return ()


def suppressions(file: SourceFile) -> list[Suppression]:
    """Return the ignore comments of a file, by line.

    A comment covers its own line, and when it stands alone also the next one; ignore comments stacked above a line all
    cover that line.
    """
    found: list[tuple[int, bool, Suppression]] = []
    for line in _candidates(file):
        text = file.line_text(line)
        after = file.line_text(line + 1) if line < len(file.line_starts) else ""
        found += [(line, alone, one) for alone, one in _parse(text, after, file, line)]
    ends: dict[int, int] = {}
    for line in sorted({line for line, alone, _ in found if alone}, reverse=True):
        ends[line] = ends.get(line + 1, line + 1)
    return [msgspec.structs.replace(one, first=line, last=ends[line]) if alone else one for line, alone, one in found]


def _candidates(file: SourceFile) -> list[int]:
    """Return the lines that hold a hint, in order."""
    lines: set[int] = set()
    data = file.data
    for hint in _HINTS.within(data):
        at = data.find(hint)
        while at != -1:
            line, _ = file.position(at)
            lines.add(line)
            end = data.find(b"\n", at)
            at = data.find(hint, end) if end != -1 else -1
    return sorted(lines)


def _parse(text: str, after: str, file: SourceFile, line: int) -> Iterator[tuple[bool, Suppression]]:
    """Yield (stands alone, suppression) for every marker on a line that a comment introducer precedes."""
    start = _comment_start(text, file.meta.language)
    if start is None:
        return
    alone = not text[:start].strip()
    for marker in _MARKERS:
        for match in islice(marker.pattern.finditer(text, start), _MOST_ON_LINE):
            groups = match.groupdict()
            rules = tuple(_TOKEN.sub(STARS, rule) for rule in re.findall(r"[^\s,]+", groups.get("rules") or ""))
            if marker.tool == "ruff":
                rules = tuple(rule for rule in rules if re.fullmatch(r"S\d+", rule))
                if not rules:
                    continue
            following = bool(groups.get("next"))
            reason, until = _details(marker.tool, groups, text[match.end() : match.end() + _LONGEST_DETAILS])
            yield alone and not following, Suppression(
                file=file.path, line=line, first=line + following, last=line + following,
                tool=marker.tool, rules=rules, reason=_shown(reason, (text[:start], after)), until=until,
            )  # fmt: skip


def _comment_start(text: str, language: str) -> int | None:
    """Return where the first comment introducer of a line stands."""
    match = _INTRODUCER.search(text)
    found = [match.start()] if match else []
    if language in _QUOTE_COMMENTS and _QUOTE in text:
        found.append(text.index(_QUOTE))
    return min(found, default=None)


def _details(tool: str, groups: Mapping[str, str | None], rest: str) -> tuple[str, str]:
    """Return (reason, until) of a marker; ours are written behind it."""
    reason, until = (groups.get("reason") or "").strip(), groups.get("until") or ""
    if tool == "secloop":
        if match := _REASON.search(rest):
            reason = next(group for group in match.groups() if group is not None)
        if match := _UNTIL.search(rest):
            until = match.group(1)
    if until:
        date = _DATE.match(until)
        until = date.group() if date else _EXPIRED
    return reason, until


def _shown(reason: str, code: tuple[str, str]) -> str:
    """Return a reason as it may be shown: people quote the secret they accept, a token or a word of the code beside."""

    def shown(word: re.Match[str]) -> str:
        bare = word[0].strip("\"'.,;:()")
        return STARS if any(bare in line for line in code) else word[0]

    return mask(_WORD.sub(shown, reason))
