"""What a terminal shows: findings by stage, worst first, what was looked at, the gate's word, what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.interop import rows
from secloop.interop.ansi import Paint
from secloop.interop.text import columns, count, fit, fit_path, pad, visible, wrap
from secloop.model.enums import Severity, Stage, StageCoverage, Status
from secloop.model.policy import GateOutcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from secloop.interop.base import Options
    from secloop.model.report import FindingRow, Report
    from secloop.rules.base import RuleSet

_NARROWEST = 40
_WIDEST = 120
_MOST_ROWS = 100
_MOST_GAPS = 5
_INDENT = 12
_STALE_DAYS = 30
_LEAST_ABOUT = 12


def write(report: Report, rules: RuleSet | None, options: Options) -> bytes:  # noqa: ARG001 - the codec protocol
    """Return the report as text for a terminal of `options.width` columns.

    Quiet gives one line per finding and nothing when all is well; verbose shows every row, gap and hidden finding, and
    findings of low confidence, which are only counted otherwise, unless a decision of the gate names them.
    """
    view = _View(report, options)
    found = list(view.brief() if options.quiet else view.whole())
    if options.summary:
        stages = eight_stages(report, options.planned, width=view.width, color=options.color)
        found = [*stages.splitlines(), "", *found]
    return "".join(line.rstrip() + "\n" for line in found).encode("utf-8", "backslashreplace")


def eight_stages(
    report: Report,
    planned: Mapping[Stage, str] | None = None,
    *,
    width: int = 80,
    color: bool = False,
) -> str:
    """Return the summary of all eight stages: status, and findings by severity.

    `planned` says in a few words what a stage that is not covered will look at.
    """
    paint = Paint(color)
    heads = ("critical", "high", "medium", "low", "other")
    found = rows.by_stage(rows.sure(report))
    out = [paint("dim", pad("Stage", 9) + pad("Status", 14) + "".join(f"{head:>9}" for head in heads))]
    for stage, state in rows.stages(report).items():
        start = paint("bold", pad(stage.value, 9)) + _state(state, paint)
        if state is StageCoverage.NOT_COVERED and stage not in found:
            out.append(start + paint("dim", fit(visible((planned or {}).get(stage, "")), max(0, width - 23))))
            continue
        out.append(start + _severities(found.get(stage, []), paint))
    return "\n".join(line.rstrip() for line in out) + "\n"


def _state(state: StageCoverage, paint: Paint) -> str:
    style = {StageCoverage.COMPLETE: "green", StageCoverage.INCOMPLETE: "yellow"}.get(state, "dim")
    return paint(style, pad(state.value.replace("-", " "), 14))


def _severities(found: list[FindingRow], paint: Paint) -> str:
    counts = rows.by_severity(found)
    none = paint("dim", f"{'-':>9}")
    graded = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW)
    cells = [paint(s, f"{counts[s]:>9,}") if counts[s] else none for s in graded]
    other = counts[Severity.INFO] + counts[Severity.UNKNOWN]
    return "".join([*cells, f"{other:>9,}" if other else none])


class _View:
    """One rendering; each method yields lines of one part."""

    def __init__(self, report: Report, options: Options) -> None:
        self.report = report
        self.verbose = options.verbose
        self.width = min(max(options.width, _NARROWEST), _WIDEST)
        self.paint = Paint(options.color)
        self.found = rows.standing(report) if options.verbose else rows.sure(report)
        self.unsure = self._number(rows.standing(report)) - self._number(self.found)
        self.decided = rows.decided(report)
        self.hidden = rows.hidden(report)
        self.closed = rows.closed(report)

    def brief(self) -> Iterator[str]:
        """One line a finding; gaps and the verdict only when something is wrong."""
        for row in self.found:
            head = f"{visible(rows.place(row))}: {row.severity.value}: {visible(rows.headline(row))}"
            yield f"{head} [{visible(rows.rule_id(row))}] {rows.short_id(row)}"
        if not self.report.verdict.complete:
            yield from self._gaps()
        if self.report.verdict.gate is GateOutcome.FAILED:
            yield from self._gate()

    def whole(self) -> Iterator[str]:
        """Everything, in the order a reader needs it."""
        yield from self._findings()
        yield from self._summary()
        if self.found or self.verbose or not self.report.verdict.complete:
            yield from self._wrapped("Coverage", rows.files_line(self.report.coverage))
        yield from self._gaps()
        yield from self._feeds()
        yield from self._notes()
        yield from self._gate()
        yield from self._next()

    def _findings(self) -> Iterator[str]:
        shown = self.found if self.verbose else self._worst()
        for stage, group in rows.by_stage(shown).items():
            yield self._head(stage, self._number(row for row in self.found if row.stage is stage))
            for row in group:
                yield from self._row(row)
            yield ""
        if left := len(self.found) - len(shown):
            yield self.paint("dim", f"{count(left, 'more place')}, {self._rest()}: secloop findings, or --verbose")
            yield ""
        if self.verbose and self.hidden:
            yield self.paint("bold", "hidden") + self.paint("dim", " · by comments, exceptions or the baseline")
            for row in self.hidden:
                yield from self._row(row)
            yield ""

    def _worst(self) -> list[FindingRow]:
        """Return the rows that are shown: all that a decision of the gate names, and the worst of the others."""
        failing = [row for row in self.found if row.occurrence in self.decided]
        room = max(0, _MOST_ROWS - len(failing))
        others = [row for row in self.found if row.occurrence not in self.decided][:room]
        return rows.ordered([*failing, *others])

    def _rest(self) -> str:
        return "none of which fails the gate" if self.decided else "none more severe"

    def _head(self, stage: Stage, number: int) -> str:
        text = f" · {count(number, 'finding')} "
        rule = "─" * (self.width - columns(stage.value + text))
        return self.paint("bold", stage.value) + text + self.paint("dim", rule)

    def _row(self, row: FindingRow) -> Iterator[str]:
        mark = row.status.value if row.status is not Status.OPEN else ""
        right = f"{mark} {rows.short_id(row)}".strip()
        title = fit(visible(rows.headline(row)), self.width - _INDENT - columns(right) - 1)
        left = self.paint(row.severity, f"  {row.severity.value:<{_INDENT - 2}}") + self.paint("bold", title)
        gap = " " * (self.width - _INDENT - columns(title) - columns(right))
        yield left + gap + self.paint("dim", right)
        yield " " * _INDENT + self._where(row)
        if self.verbose:
            yield from self._details(row)

    def _where(self, row: FindingRow) -> str:
        room = self.width - _INDENT
        about = visible(rows.rule_id(row))
        if row.fixed:
            about += f", fixed in {visible(row.fixed[0])}"
        elif row.component and row.ids:
            about += ", no fix known"
        where = fit_path(visible(rows.place(row)), room)
        left = room - columns(where) - 2
        return self.paint("cyan", where) + ("  " + self.paint("dim", fit(about, left)) if left >= _LEAST_ABOUT else "")

    def _details(self, row: FindingRow) -> Iterator[str]:
        if row.message and row.message != row.title:
            yield from self._wrap(visible(row.message), " " * _INDENT)
        if row.excerpt:
            yield " " * _INDENT + self.paint("dim", "│ ") + fit(visible(row.excerpt.strip()), self.width - _INDENT - 2)
        for step in row.flow[:-1]:
            way = f"from {visible(step.file)}:{step.line}"
            yield " " * _INDENT + self.paint("dim", fit(way, self.width - _INDENT))
        if row.via:
            yield " " * _INDENT + self.paint("dim", fit(visible("via " + " > ".join(row.via)), self.width - _INDENT))
        if row.suppressed:
            reason = row.suppressed.reason or "no reason given"
            why = f"hidden by {row.suppressed.by} ({row.suppressed.source}): {reason}"
            yield " " * _INDENT + self.paint("dim", fit(visible(why), self.width - _INDENT))

    def _summary(self) -> Iterator[str]:
        aside = [f"{self._number(self.hidden):,} hidden"] if self.hidden else []
        aside += [f"{self._number(self.closed):,} closed"] if self.closed else []
        aside += [f"{self.unsure:,} of low confidence (--verbose)"] if self.unsure else []
        tail = [("dim", "· " + ", ".join(aside))] if aside else []
        if self.found:
            yield from self._flow([*self._counts(), *tail])
        elif self.report.verdict.complete:
            files = self.report.coverage.files
            where = "what could be read of " if files.partial else ""
            told = f"No findings in {where}{count(files.scanned + files.partial, 'file')}"
            yield from self._flow([("green", told), *tail])
        else:
            yield from self._flow([("yellow", "No findings in what could be read"), *tail])

    def _counts(self) -> list[tuple[str, str]]:
        number, new = self._number(self.found), self._number(filter(rows.is_new, self.found))
        fresh = "" if new == number else f" ({new:,} new)"
        graded = [(severity, n) for severity, n in rows.by_severity(self.found).items() if n]
        last = len(graded) - 1
        parts = [(s.value, f"{n:,} {s.value}{',' if at < last else ''}") for at, (s, n) in enumerate(graded)]
        return [("bold", f"{count(number, 'finding')}{fresh}:"), *parts]

    def _flow(self, parts: Iterable[tuple[str, str]]) -> Iterator[str]:
        """Put (style, text) parts one after the other, on as many lines as it takes."""
        line, used = "", 0
        for style, text in parts:
            if used and used + 1 + columns(text) > self.width:
                yield line
                line, used = "", 0
            line += (" " if used else "") + self.paint(style, text)
            used += (1 if used else 0) + columns(text)
        yield line

    def _number(self, found: Iterable[FindingRow]) -> int:
        return len(rows.occurrences(found))

    def _gaps(self) -> Iterator[str]:
        gaps = [g for g in self.report.coverage.gaps if self.verbose or g.incomplete]
        for gap in gaps if self.verbose else gaps[:_MOST_GAPS]:
            where = visible(gap.file or "the whole tree")
            text = f"{where}: {visible(gap.sensor)} {gap.outcome.value}: {visible(gap.reason)}"
            yield self.paint("yellow", "  not checked  ") + fit(text, self.width - 15)
        if len(gaps) > _MOST_GAPS and not self.verbose:
            yield self.paint("dim", f"  {len(gaps) - _MOST_GAPS:,} more gaps: --verbose")
        for missing in self.report.coverage.missing:
            yield self.paint("yellow", "  not checked  ") + fit(visible(missing), self.width - 15)

    def _feeds(self) -> Iterator[str]:
        for feed in self.report.tool.feeds:
            days = rows.age(feed, self.report)
            old = days is not None and days > _STALE_DAYS
            if not (self.found or self.verbose or old or feed.note):
                continue
            aged = "" if days is None else f", {count(days, 'day')} old"
            note = f"; {visible(feed.note)}" if feed.note else ""
            text = f"{visible(feed.name)} of {visible(feed.date) or 'unknown date'}{aged}{note}"
            yield from self._wrapped("Advisories", text, "yellow" if old else "")

    def _notes(self) -> Iterator[str]:
        for note in self.report.notes:
            yield from self._wrapped("Note", visible(note))
        unused = self.report.unused_ignores
        for ignore in unused if self.verbose else ():
            yield from self._wrapped("Unused", visible(f"{ignore.file}:{ignore.line}: {ignore.text}"))
        if unused and not self.verbose:
            yield from self._wrapped("Unused", f"{count(len(unused), 'ignore')} hid nothing (--verbose lists them)")

    def _gate(self) -> Iterator[str]:
        verdict = self.report.verdict
        if verdict.gate is GateOutcome.NOT_ASKED:
            return
        passed = verdict.gate is GateOutcome.PASSED
        if passed and not self.found and not self.verbose and verdict.complete:
            return
        new = ", new findings only" if verdict.new_only else ""
        word = self.paint("green", "passed") if passed else self.paint("alarm", verdict.gate.value)
        yield self._label("Gate", f"{word} (profile {visible(verdict.profile)}{new})")
        for decision in verdict.decisions:
            number = f", {count(len(decision.occurrences), 'finding')}" if decision.occurrences else ""
            yield from self._wrap(f"{visible(decision.rule)}: {visible(decision.reason)}{number}", "  ", "- ")
            yield from self._wrap(f"to pass: {visible(decision.to_pass)}", "    ")

    def _next(self) -> Iterator[str]:
        if self.found:
            first = rows.short_id(self.found[0])
            yield ""
            yield self._label("Next", f"secloop explain {first}")
            if self.report.verdict.gate is GateOutcome.FAILED:
                yield self._label("", f'secloop accept {first} --reason "..." --until YYYY-MM-DD')

    def _label(self, label: str, text: str) -> str:
        return self.paint("dim", pad(label, _INDENT)) + text

    def _wrapped(self, label: str, text: str, style: str = "") -> Iterator[str]:
        parts = wrap(text, self.width - _INDENT)
        for n, part in enumerate(parts):
            yield self._label(label if n == 0 else "", self.paint(style, part) if style else part)

    def _wrap(self, text: str, indent: str, bullet: str = "") -> Iterator[str]:
        for n, line in enumerate(wrap(text, self.width - len(indent + bullet))):
            yield indent + (bullet if n == 0 else " " * len(bullet)) + line
