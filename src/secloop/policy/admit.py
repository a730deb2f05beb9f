"""The one function that admits findings: merge, ignore comments, exceptions, baseline. Pure.

What is hidden is kept with its reason and counted; what hid nothing is listed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from secloop.model.base import Value
from secloop.model.enums import Kind, Status
from secloop.model.policy import Exception_, Hidden
from secloop.model.report import FindingRow, UnusedIgnore, row_of
from secloop.policy import exceptions as exceptions_file
from secloop.policy.exceptions import is_day, is_expired
from secloop.policy.matching import SYNTAXES, RuleNames, accepts, hides
from secloop.policy.merging import merged

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from secloop.model.finding import Finding, Suppression
    from secloop.policy.baseline import Known
    from secloop.policy.vex import Statements
    from secloop.rules.base import RuleSet


IGNORE = "ignore"
EXCEPTION = "exception"
"""What `Hidden.by` says."""


class Admitted(Value):
    """The rows of a run, what hid nothing, and the exceptions that no longer hold."""

    rows: tuple[FindingRow, ...] = ()
    unused: tuple[UnusedIgnore, ...] = ()
    expired: tuple[Exception_, ...] = ()


def admit(  # noqa: PLR0913 - each keyword is one input of a pure function
    findings: Sequence[Finding],
    *,
    suppressions: Iterable[Suppression],
    exceptions: Iterable[Exception_],
    baseline: Known | frozenset[str],
    today: str,
    honour: bool = True,
    rules: RuleSet | None = None,
    whole: bool = True,
    kinds: Collection[Kind] | None = None,
    statements: Statements | None = None,
) -> Admitted:
    """Return the rows of identified findings, sorted by place; the order of every input does not matter.

    An ignore comment hides before an exception; an accepted row has status ACCEPTED and says by which exception. Other
    rows are OPEN in the `baseline` (occurrence ids, or anything with `covers`), else NEW. `today` is an ISO day.
    `rules` give other names of a rule (aliases, what other tools call it). `honour` False shows everything
    unhidden, and still says what hides nothing. `whole` False, for a run that looked at a part, lists no exception as
    unused. `kinds` are those the run looked for: a comment that can only hide others is not judged.
    `statements` are VEX; they hide what neither a comment nor an exception does.
    """
    comments = sorted(set(suppressions), key=_comment_key)
    decided = sorted(exceptions, key=lambda e: e.id)
    holding = [e for e in decided if not is_expired(e.expires, today)]
    hiders = _Hiders([c for c in comments if not _is_over(c, today)], holding, RuleNames(rules))
    rows = []
    for finding in merged(findings):
        row = row_of(finding)
        hidden = hiders.find(row) or (statements.find(row) if statements else None)
        rows.append(_decided(row, _covers(baseline, row), hidden if honour else None))
    judged = [c for c in comments if kinds is None or not SYNTAXES[c.tool].kinds.isdisjoint(kinds)]
    unused = [_unused_comment(c, today) for c in judged if c not in hiders.used_comments]
    unused += [_unused_exception(e) for e in holding if whole and e.id not in hiders.used_exceptions]
    return Admitted(
        rows=tuple(sorted(rows, key=_row_key)),
        unused=tuple(unused),
        expired=tuple(e for e in decided if is_expired(e.expires, today)),
    )


def readmit(
    rows: Sequence[FindingRow], *, exceptions: Iterable[Exception_], today: str, rules: RuleSet | None = None
) -> Admitted:
    """Return the rows of an earlier run under today's exceptions.

    Ignore comments stay as that run saw them. A row that an exception hid then, and none does now, is OPEN. Nothing is
    listed as unused: the run was then, the exceptions are now.
    """
    decided = sorted(exceptions, key=lambda e: e.id)
    holding = [e for e in decided if not is_expired(e.expires, today)]
    hiders = _Hiders((), holding, RuleNames(rules))
    return Admitted(
        rows=tuple(_readmitted(row, hiders) for row in rows),
        expired=tuple(e for e in decided if is_expired(e.expires, today)),
    )


def _readmitted(row: FindingRow, hiders: _Hiders) -> FindingRow:
    if row.suppressed and row.suppressed.by != EXCEPTION:
        return row
    if row.suppressed or row.status is Status.ACCEPTED:
        row = msgspec.structs.replace(row, suppressed=None, status=Status.OPEN)
    hidden = hiders.find(row)
    return msgspec.structs.replace(row, suppressed=hidden, status=Status.ACCEPTED) if hidden else row


class _Hiders:
    """What may hide a row, indexed by file and by fingerprint; it remembers what was of use."""

    def __init__(self, comments: Iterable[Suppression], exceptions: Iterable[Exception_], names: RuleNames) -> None:
        self.used_comments: set[Suppression] = set()
        self.used_exceptions: set[str] = set()
        self._names = names
        self._comments: dict[str, list[Suppression]] = {}
        for comment in comments:
            self._comments.setdefault(comment.file, []).append(comment)
        self._exceptions: dict[str, list[Exception_]] = {}
        for exception in exceptions:
            self._exceptions.setdefault(exception.fingerprint, []).append(exception)

    def find(self, row: FindingRow) -> Hidden | None:
        """Return what hides a row; everything that would is marked as used, the first of it is returned."""
        comments = self._comments.get(row.file or "", [])
        exceptions = [e for key in ("", row.id, row.occurrence) for e in self._exceptions.get(key, [])]
        if not comments and not exceptions:
            return None
        names = self._names.of(row)
        comments = [c for c in comments if hides(c, row, names)]
        exceptions = [e for e in exceptions if accepts(e, row, names)]
        self.used_comments.update(comments)
        self.used_exceptions.update(e.id for e in exceptions)
        if comments:
            return _by_comment(comments[0])
        return _by_exception(min(exceptions, key=lambda e: e.id)) if exceptions else None


def _by_comment(comment: Suppression) -> Hidden:
    source = f"{comment.file}:{comment.line}"
    return Hidden(by=IGNORE, reason=comment.reason or f"{comment.tool} comment", source=source, until=comment.until)


def _by_exception(exception: Exception_) -> Hidden:
    return Hidden(by=EXCEPTION, reason=exception.reason, source=exception.id, until=exception.expires)


def _decided(row: FindingRow, known: bool, hidden: Hidden | None) -> FindingRow:
    """Return a new row with its status; most rows are new and unhidden, and stay as they are."""
    if hidden is None and not known:
        return row
    status = Status.OPEN if known else Status.NEW
    if hidden and hidden.by == EXCEPTION:
        status = Status.ACCEPTED
    return msgspec.structs.replace(row, status=status, suppressed=hidden)


def _covers(baseline: Known | frozenset[str], row: FindingRow) -> bool:
    return row.occurrence in baseline if isinstance(baseline, frozenset) else baseline.covers(row)


def _is_over(comment: Suppression, today: str) -> bool:
    """Return whether a comment no longer holds; one whose `until` is no date never did."""
    return bool(comment.until) and (not is_day(comment.until) or is_expired(comment.until, today))


def _unused_comment(comment: Suppression, today: str) -> UnusedIgnore:
    text = " ".join(filter(None, (f"{comment.tool} ignore", ", ".join(comment.rules))))
    if comment.until and not is_day(comment.until):
        text += f' (until "{comment.until}" is not a date like 2026-12-31)'
    elif _is_over(comment, today):
        text += f" (expired {comment.until})"
    return UnusedIgnore(file=comment.file, line=comment.line, text=text)


def _unused_exception(exception: Exception_) -> UnusedIgnore:
    return UnusedIgnore(file=exceptions_file.FILE, line=0, text=f"exception {exception.id}")


def _comment_key(comment: Suppression) -> tuple[str, int, str, bytes]:
    """Order comments by place; those with a reason first, so that the reason is what reports show."""
    return (comment.file, comment.line, "" if comment.reason else "~", msgspec.msgpack.encode(comment))


def _row_key(row: FindingRow) -> tuple[str, int, int, str, str, bytes]:
    """Order rows by place, then rule, then id; the bytes settle the rest, so that equal input is equal output."""
    rest = msgspec.msgpack.encode(row, order="deterministic")
    return (row.file or "", row.line or 0, row.column or 0, row.rule, row.id, rest)
