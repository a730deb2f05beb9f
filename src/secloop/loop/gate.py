"""The gate: a profile and the project's own policies, asked of a run's rows and coverage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from secloop.loop.clock import today
from secloop.loop.inputs import load_rules
from secloop.model.base import Record
from secloop.model.config import GateConfig
from secloop.model.errors import UsageError
from secloop.model.policy import GateOutcome

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from secloop.loop.project import Project
    from secloop.model.config import Config
    from secloop.model.coverage import Coverage
    from secloop.model.policy import Decision, GateRule, Verdict
    from secloop.model.quality import Quality
    from secloop.model.report import FindingRow, Report
    from secloop.model.run import Feed
    from secloop.rules.base import RuleSet

_SHOWN = 10


class Choices(Record, frozen=True, kw_only=True):
    """How a gate is asked. `expired` are the ids of exceptions that no longer hold."""

    profile: str = "default"
    new_only: bool = False
    exit_code: int = 1
    soft_fail: bool = False
    allow_incomplete: bool = False
    expired: tuple[str, ...] = ()


def rules_of(project: Project, profile: str, rules: RuleSet | None = None) -> tuple[GateRule, ...]:
    """Return the rules of a profile and of the project's policy folders; `rules` are what their `when` may name.

    Raises: UsageError for an unknown profile, a configured folder that is missing, a broken policy, a rule that is not.
    """
    return gate_rules(project.config, project.root, rules, profile)


def gate_rules(config: Config, root: Path, rules: RuleSet | None = None, profile: str = "") -> tuple[GateRule, ...]:
    """Return the gate's rules as `rules_of`, for a configuration and the folder that its paths start from.

    The profile is the configuration's where none is given. Raises: UsageError as `rules_of`.
    """
    from secloop.policy import gates

    profile = profile or config.gate.profile
    own = gates.load_policies(_folders(config, root))
    for policy in own:
        for name in policy.when.rules:
            if rules is not None and rules.page(name) is None:
                raise UsageError(f"{policy.source}: there is no rule {name} to look at", "See secloop rules list")
    built_in = gates.profile(profile)
    taken = {rule.id for rule in built_in}
    for rule in own:
        if rule.id in taken:
            raise UsageError(f"{rule.source}: the profile {profile} has a rule {rule.id} already", "Rename yours")
    return (*built_in, *own)


def _folders(config: Config, root: Path) -> list[Path]:
    default = GateConfig().policies
    folders = [root / path for path in config.gate.policies]
    for folder in folders:
        if config.gate.policies != default and not folder.is_dir():
            raise UsageError(f"[gate] policies names {folder}, which is no folder", "Make it or correct secloop.toml")
    return folders


def judge(
    rules: Sequence[GateRule],
    *,
    rows: Sequence[FindingRow],
    covered: Coverage,
    feeds: Sequence[Feed],
    choices: Choices,
    quality: Quality | None = None,
) -> Verdict:
    """Return the verdict of gate rules on rows and coverage. Raises: UsageError where an expression fails."""
    from secloop.policy import gates
    from secloop.policy.facts import RunFacts
    from secloop.policy.verdict import verdict

    facts = RunFacts(coverage=covered, feeds=tuple(feeds), today=today(), expired=choices.expired, quality=quality)
    return verdict(
        gates.decide(rules, rows, facts, new_only=choices.new_only),
        covered,
        choices.profile,
        exit_code=choices.exit_code,
        soft_fail=choices.soft_fail,
        allow_incomplete=choices.allow_incomplete,
        new_only=choices.new_only,
    )


def judge_stored(project: Project, choices: Choices, *, state: str, run_id: str) -> tuple[Report, Verdict]:
    """Return a stored run's report and the verdict on it, under today's exceptions. Raises: UsageError, StateError."""
    from secloop.loop import history
    from secloop.policy import exceptions
    from secloop.policy.admit import readmit

    report = history.stored_report(project, state=state, run_id=run_id)
    rules = load_rules(project)
    admitted = readmit(
        report.findings,
        exceptions=exceptions.load(project.folder / "exceptions.yaml"),
        today=today(),
        rules=rules,
    )
    verdict = judge(
        rules_of(project, choices.profile, rules),
        rows=admitted.rows,
        covered=report.coverage,
        feeds=report.run.feeds,
        choices=msgspec.structs.replace(choices, expired=tuple(e.id for e in admitted.expired)),
        quality=report.run.quality,
    )
    return msgspec.structs.replace(report, findings=admitted.rows, verdict=verdict), verdict


def show(project: Project, choices: Choices) -> str:
    """Return the gate's rules as they are written: the profile's file, then where own policies lie."""
    from secloop.policy import gates

    own = gates.load_policies(_folders(project.config, project.root))
    lines = [f"# profile {choices.profile}", gates.show(choices.profile).rstrip()]
    lines += [f"# and {rule.id} from {rule.source}" for rule in own]
    return "\n".join([*lines, ""])


def describe(report: Report, verdict: Verdict, *, explain: bool) -> str:
    """Return the verdict for a reader: one line a failed rule; with `explain`, its findings and what would pass."""
    words = {
        GateOutcome.PASSED: "passed",
        GateOutcome.FAILED: "failed",
        GateOutcome.NOT_ASKED: "not asked: nothing was scanned",
    }
    from secloop.interop.text import count

    lines = [f"gate {verdict.profile}: {words[verdict.gate]} (run {report.run.id[:8]} on {report.run.ref})"]
    rows = {row.occurrence: row for row in report.findings}
    for decision in verdict.decisions:
        number = f", {count(len(decision.occurrences), 'finding')}" if decision.occurrences else ""
        lines.append(f"  {decision.rule}: {decision.reason}{number}")
        if explain:
            lines += _explained(decision, rows)
    if explain:
        lines.append(_rests_on(report.coverage))
        lines += [f"  and on {_feed(feed)}" for feed in report.run.feeds]
    elif verdict.decisions:
        lines.append("  Add --explain to see the findings and what would make it pass.")
    return "\n".join([*lines, ""])


def _explained(decision: Decision, rows: dict[str, FindingRow]) -> list[str]:
    from secloop.interop.text import visible

    lines = [f"    to pass: {decision.to_pass}"]
    for occurrence in decision.occurrences[:_SHOWN]:
        row = rows.get(occurrence)
        where = f"{row.file}:{row.line}  {row.title}" if row else ""
        lines.append(f"    {occurrence}  {visible(where)}".rstrip())
    if len(decision.occurrences) > _SHOWN:
        lines.append(f"    and {len(decision.occurrences) - _SHOWN} more: secloop findings")
    return lines


def _feed(feed: Feed) -> str:
    """Return a feed with its age today, which is what rules on feeds ask about."""
    from secloop.interop.text import count, visible
    from secloop.policy.facts import UNKNOWN_AGE, age_days

    days = age_days(feed, today())
    aged = "of an unknown day" if days == UNKNOWN_AGE else f"of {visible(feed.date[:10])}, {count(days, 'day')} old"
    return f"the feed {visible(feed.name)} {aged}" + (f" ({visible(feed.note)})" if feed.note else "")


def _rests_on(covered: Coverage) -> str:
    files = covered.files
    named = [stage.value for stage, state in covered.stages.items() if state != "not-covered"]
    return (
        f"  rests on {files.scanned} of {files.seen} files scanned "
        f"({files.excluded} excluded, {files.partial} partial, "
        f"{files.limited} limited, {files.failed} failed); stages covered: {', '.join(named) or 'none'}"
    )
