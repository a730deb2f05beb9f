"""The flow of `secloop test sast`: source code, by the sast sensor alone, with the built-in rules or the user's."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec

from secloop.loop import inputs
from secloop.loop.pipeline import FileFlow, Options, Outcome, run_flow
from secloop.model.errors import UsageError
from secloop.rules.base import RuleSet
from secloop.stages.test.sast.fronts import canonical
from secloop.stages.test.sast.languages import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from secloop.loop.project import Project
    from secloop.model.rule import Rule
    from secloop.scan.collect import ScanResult

COMMAND = "test sast"
SENSOR = "sast"


@dataclass(frozen=True)
class Choice:
    """What to look for: rules of Semgrep's format in place of the built-in ones, languages, across files or not."""

    rules: Sequence[Path] = ()
    languages: Sequence[str] = ()
    interfile: bool = True


def run_sast(project: Project, options: Options, choice: Choice) -> Outcome:
    """Look for weaknesses in the project's source code; return the outcome.

    A run that was told to look for less than all is remembered by nothing: it must not close what it did not look for.
    Raises: SecloopError.
    """
    unknown = [name for name in choice.languages if canonical(name) not in LANGUAGES]
    if unknown:
        raise UsageError(f"The language {unknown[0]} is not read", f"Choose from {', '.join(LANGUAGES)}")
    narrowed = bool(choice.rules or choice.languages) or not choice.interfile
    options = replace(options, command=COMMAND, no_store=options.no_store or narrowed)
    return run_flow(project, options, _SastFlow(project, options, choice))


@dataclass(frozen=True)
class _SastFlow(FileFlow):
    """As a scan of files, by one sensor."""

    choice: Choice
    unread: list[str] = field(default_factory=list)

    def gather(self) -> inputs.Inputs:
        """Return the rules, the sast sensor and the settings. Raises: UsageError."""
        from secloop.stages.test.sast.sensor import SastSensor

        rules = None
        if self.choice.rules:
            from secloop.stages.test.sast.foreign import Foreign

            read = Foreign(self.choice.rules, self.choice.languages)
            self.unread.extend(read.problems)
            if not read.pages:
                named = ", ".join(map(str, self.choice.rules))
                raise UsageError(f"No rule of {named} can be read", read.problems[0] if read.problems else "Check it")
            rules = RuleSet(read.pages)
        used = inputs.only(self.project, SENSOR, rules)
        if self.choice.languages and rules is None:
            used = msgspec.structs.replace(used, rules=RuleSet(_in_languages(used.rules, self.choice.languages)))
        for sensor in used.sensors:
            if isinstance(sensor, SastSensor):
                sensor.interfile = self.choice.interfile
        return used

    def scan(self, used: inputs.Inputs, notes: list[str]) -> ScanResult:
        """Scan the files; a rule that could not be read makes the run incomplete."""
        result = inputs.scan_with(self.source(), self.project, self.options, used, notes)
        if not self.unread:
            return result
        return msgspec.structs.replace(result, missing=(*result.missing, *self.unread))

    def told_once(self, result: ScanResult) -> ScanResult:
        """Leave alone what the user's own rules say: whoever compares wants each by its id."""
        return result if self.choice.rules else super().told_once(result)


def _in_languages(rules: Iterable[Rule], languages: Sequence[str]) -> Iterable[Rule]:
    """Yield the pages with those of their matchers that look at one of the languages, at these alone."""
    wanted = {canonical(name) for name in languages}
    for rule in rules:
        matchers = []
        for matcher in rule.matchers:
            own = tuple(name for name in matcher.languages or rule.languages if name in wanted)
            if own:
                matchers.append(msgspec.structs.replace(matcher, languages=own))
        if matchers:
            yield msgspec.structs.replace(rule, matchers=tuple(matchers))
