"""A plan of fixes as text for a terminal, Markdown for a pull request, JSON, or a diff."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from secloop.interop.markdown import escaped
from secloop.interop.text import count, lines, visible
from secloop.loop.fix_diff import diff
from secloop.model.enums import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from secloop.loop.fix import Plan
    from secloop.model.coverage import Coverage
    from secloop.model.fix import Proposal
    from secloop.model.report import FindingRow

SCHEMA = "secloop.fix/1"
_MOST_NAMED = 6
_MOST_GAPS = 5
_MOST_CHARACTERS = 60_000  # GitHub refuses a text of more than 65,536
_MOST_DIFF = 20_000
_FENCE = re.compile(r"`{3,}")

Written = tuple[str, ...] | None
"""The files that were written; None in a dry run."""


class _Counts(NamedTuple):
    """How many rows there are, and how many are cleared by edits alone, by edits and a command after, by commands."""

    all: int
    edits: int
    both: int
    commands: int

    @property
    def cleared(self) -> int:
        """All that are cleared."""
        return self.edits + self.both + self.commands


def _rows(plan: Plan, one: Proposal, ids: Sequence[str]) -> list[FindingRow]:
    """Return the rows at a proposal's place with these ids, the worst first."""
    return [row for row in plan.places.get((one.file, one.line), ()) if row.id in ids]


def _counts(plan: Plan) -> _Counts:
    cleared = {"edits": 0, "both": 0, "commands": 0}
    for one in plan.proposals:
        alone = bool(one.fix.edits) and not one.commands
        own = alone or any(edit.file == one.file and edit.text for edit in one.fix.edits)
        way = "edits" if own else "both" if one.fix.edits else "commands"
        cleared[way] += len(_rows(plan, one, one.fix.clears))
    return _Counts(len(plan.findings), **cleared)


def _groups(plan: Plan) -> list[tuple[str, list[Proposal]]]:
    """Return the proposals by group: those that clear the worst first, advice last."""

    def weight(found: list[Proposal]) -> tuple[Any, ...]:
        rows = [row for one in found for row in _rows(plan, one, one.fix.clears)]
        worst = max((row.severity.rank for row in rows), default=-1)
        return (all(one.is_advice for one in found), -worst, -len(rows), found[0].group)

    ordered = sorted(plan.proposals, key=lambda one: (one.group, one.title, one.file, one.line))
    groups = [(group, list(found)) for group, found in groupby(ordered, key=lambda one: one.group)]
    return sorted(groups, key=lambda pair: weight(pair[1]))


def headline(plan: Plan, written: Written) -> str:
    """Return what the plan amounts to, in a sentence or two."""
    told = _counts(plan)
    if not told.all:
        return "There is nothing to fix: no finding that a fix could be known for."
    done = "were written" if written is not None else "can be written with --apply"
    ways = (
        (told.edits, f"by edits that {done}"),
        (told.both, "by edits and a command after them"),
        (told.commands, "by commands for you to run"),
    )
    parts = ", ".join(f"{number:,} {way}" for number, way in ways if number)
    left = f" For {told.all - told.cleared:,}, see the advice." if told.all > told.cleared else ""
    return f"{told.cleared:,} of {count(told.all, 'finding')} can be cleared{f': {parts}' if parts else ''}.{left}"


def text(plan: Plan, written: Written) -> str:
    """Return the plan for a terminal: packages, then the diff of a dry run, then what to do next."""
    out = [headline(plan, written)]
    for group, found in _groups(plan):
        out += ["", group]
        for one in found:
            out += [f"  {line}" for line in _told(plan, one, written)]
    if plan.changes and written is None:
        out += ["", *lines(diff(plan.changes, plan.hidden)).split("\n")]
        out += ["", "Nothing was written. secloop fix --apply writes these edits."]
    if written:
        out += ["", f"Wrote {', '.join(written)}."]
    out += _next(plan, written)
    return "\n".join(visible(line).rstrip() for line in out) + "\n"


def _told(plan: Plan, one: Proposal, written: Written) -> Iterator[str]:
    yield one.title
    yield f"  in {one.file}:{one.line}"
    if rows := _rows(plan, one, one.fix.clears):
        yield f"  clears {count(len(rows), 'finding')}: {_named(rows)}"
    if rows := _rows(plan, one, one.leaves):
        yield f"  leaves {count(len(rows), 'finding')}: {_named(rows)}"
    files = sorted({edit.file for edit in one.fix.edits})
    if files:
        yield f"  {'edited' if written is not None else 'edits'} {', '.join(files)}"
    for command in one.commands:
        yield f"  {'then ' if files else ''}run{_where(command.folder)}: {command.line}"
    for note in one.notes:
        yield f"  note: {note}"


def _where(folder: str) -> str:
    return "" if folder == "." else f" in {folder}"


def _named(rows: Sequence[FindingRow]) -> str:
    names = [f"{row.ids[0] if row.ids else row.rule} ({_severity(row)})" for row in rows]
    more = [f"{len(names) - _MOST_NAMED} more"] if len(names) > _MOST_NAMED else []
    return ", ".join([*names[:_MOST_NAMED], *more])


def _severity(row: FindingRow) -> str:
    return "severity unknown" if row.severity is Severity.UNKNOWN else row.severity.value


def _commands(plan: Plan) -> list[str]:
    """Return the commands of all proposals, each once, those of one folder together."""
    found = dict.fromkeys((command.folder, command.line) for one in plan.proposals for command in one.commands)
    return [line if folder == "." else f"(cd {_quoted(folder)} && {line})" for folder, line in sorted(found)]


def _quoted(folder: str) -> str:
    import shlex

    return shlex.quote(folder)


def _next(plan: Plan, written: Written) -> list[str]:
    commands = _commands(plan)
    if not commands:
        return ["", "Next: run the tests, then secloop scan."] if written else []
    when = "Next, run" if written is not None else "After the edits, run" if plan.changes else "Run"
    return ["", f"{when} these, then the tests, then secloop scan:", *(f"  {line}" for line in commands)]


def markdown(plan: Plan, written: Written) -> str:
    """Return the description of a pull request: a table of packages, commands to run, what stays, and notes."""
    out = ["## secloop fix", "", escaped(headline(plan, written)), ""]
    fixes = [(group, one) for group, found in _groups(plan) for one in found if not one.is_advice]
    rest = [(group, one) for group, found in _groups(plan) for one in found if one.is_advice]
    if fixes:
        out += ["| What | Change | Where | Clears |", "|---|---|---|---|"]
        out += [_table_row(plan, group, one) for group, one in fixes]
    notes = dict.fromkeys(f"- {escaped(group)}: {escaped(note)}" for group, one in fixes for note in one.notes)
    out += ["", "**Notes**", "", *notes] if notes else []
    if commands := _commands(plan):
        out += ["", "**To run**", "", *_fenced("\n".join(map(visible, commands)), "sh")]
    if rest:
        out += ["", "**Not fixed**", ""]
        out += [f"- {escaped(one.title)} ({escaped(one.file)}): {escaped('; '.join(one.notes))}" for _, one in rest]
    shown = lines(diff(plan.changes, plan.hidden))
    if shown and written is None and len(shown) <= _MOST_DIFF:
        out += ["", "<details><summary>Edits</summary>", "", *_fenced(shown, "diff"), "", "</details>"]
    body = "\n".join(out)
    cut = "\n\nThe rest is too long for a comment.\n"
    return body + "\n" if len(body) < _MOST_CHARACTERS else body[: _MOST_CHARACTERS - len(cut)] + cut


def _table_row(plan: Plan, group: str, one: Proposal) -> str:
    clears = _named(_rows(plan, one, one.fix.clears)) or "nothing by itself"
    mark = " (major)" if one.breaking else ""
    change = one.title.removeprefix("Update ")
    return f"| {escaped(group)} | {escaped(change)}{mark} | {escaped(f'{one.file}:{one.line}')} | {escaped(clears)} |"


def _fenced(body: str, language: str) -> list[str]:
    longest = max((len(found[0]) for found in _FENCE.finditer(body)), default=2)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", *body.rstrip("\n").split("\n"), fence]


def json(plan: Plan, written: Written) -> str:
    """Return the plan as one document, `secloop.fix/1`."""
    told = _counts(plan)
    document = {
        "schema": SCHEMA,
        "project": plan.project.id,
        "applied": written is not None,
        "written": list(written or ()),
        "counts": {
            "findings": told.all,
            "cleared_by_edits": told.edits,
            "cleared_by_edits_and_commands": told.both,
            "cleared_by_commands": told.commands,
        },
        "proposals": [_object(one) for _, found in _groups(plan) for one in found],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def _object(one: Proposal) -> dict[str, Any]:
    built: dict[str, Any] = msgspec.to_builtins(one)
    built["commands"] = [{"folder": c.folder, "arguments": list(c.arguments), "line": c.line} for c in one.commands]
    return built


def patch(plan: Plan, written: Written) -> str:  # noqa: ARG001 - as the other formats
    """Return the edits as a unified diff."""
    return diff(plan.changes, plan.hidden)


def gaps(covered: Coverage) -> Iterator[str]:
    """Yield a line for each thing that made the scan incomplete."""
    found = [*covered.missing, *(f"{gap.file}: {gap.reason}" for gap in covered.gaps if gap.incomplete)]
    for one in found[:_MOST_GAPS]:
        yield f"incomplete: {one}"
    if len(found) > _MOST_GAPS:
        yield f"incomplete: and {len(found) - _MOST_GAPS} more"


FORMATS: dict[str, Callable[[Plan, Written], str]] = {"text": text, "markdown": markdown, "json": json, "diff": patch}
"""What `--format` takes."""
