"""Gate policies: loading them, and deciding by them. Deciding is pure.

A policy file holds YAML documents; each is one rule whose `fail` is CEL. The built-in profiles are such files too.
"""

from __future__ import annotations

import re
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from secloop.model.enums import Confidence, Kind, Severity, Stage, Status
from secloop.model.errors import UsageError
from secloop.model.policy import Decision, GateRule, When
from secloop.model.regex import lazy
from secloop.policy import files, plain
from secloop.policy.decode import did_you_mean
from secloop.policy.facts import FINDING, RUN, VARIABLES, RunFacts, is_new, readers
from secloop.policy.verdict import asks_coverage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from secloop.model.report import FindingRow
    from secloop.policy import cel
    from secloop.policy.yamlfile import Document

    Program = cel.Program | plain.Program

PROFILES = Path(__file__).parent / "profiles"
READY = PROFILES / "profiles.json"
"""The rules of the built-in profiles as `parse` returns them, written by tools/docs.py: reading YAML takes 30 ms."""

_COUNTED = frozenset({Status.NEW, Status.OPEN, Status.REOPENED})


def names() -> tuple[str, ...]:
    """Return the names of the built-in profiles."""
    return tuple(sorted(path.stem for path in PROFILES.glob("*.yaml")))


def profile(name: str) -> tuple[GateRule, ...]:
    """Return the rules of a built-in profile. Raises: UsageError for an unknown name."""
    _must_exist(name)
    return _ready()[name]


def show(name: str) -> str:
    """Return the policy file of a built-in profile. Raises: UsageError for an unknown name."""
    _must_exist(name)
    return files.read_text(PROFILES / f"{name}.yaml")


def ready() -> bytes:
    """Return what `READY` holds: the rules of every built-in profile, parsed and checked."""
    rules = {name: parse(show(name), f"profile {name}") for name in names()}
    return msgspec.json.format(msgspec.json.encode(rules), indent=1) + b"\n"


@lru_cache(maxsize=1)
def _ready() -> dict[str, tuple[GateRule, ...]]:
    return msgspec.json.decode(READY.read_bytes(), type=dict[str, tuple[GateRule, ...]])


def _must_exist(name: str) -> None:
    if name not in names():
        raise UsageError(f'there is no profile "{name}"', did_you_mean(name, names()))


def load_policies(folders: Iterable[Path]) -> tuple[GateRule, ...]:
    """Return the rules of all `*.yaml` and `*.yml` files directly in `folders`, in sorted order.

    Raises: UsageError `file:line: ...` for a malformed file, an expression that does not compile, or an id given twice.
    A missing folder is an empty one.
    """
    found = [path for folder in folders for path in files.listed(folder, (".yaml", ".yml"))]
    rules = tuple(rule for path in found for rule in parse(files.read_text(path), str(path)))
    seen: dict[str, str] = {}
    for rule in rules:
        if rule.id in seen:
            raise UsageError(f'{rule.source}: policy "{rule.id}" is also in {seen[rule.id]}', "Rename one of them")
        seen[rule.id] = rule.source
    return rules


def parse(text: str, source: str) -> tuple[GateRule, ...]:
    """Return the rules of a policy file, each with `source` = `file:line`, compiled once to prove that they can be.

    Raises: UsageError.
    """
    from secloop.policy import yamlfile

    rules = []
    for document in yamlfile.parse(text, source):
        rule = document.convert(GateRule)
        if rule.source:
            raise UsageError(f'{document.at(("source",))}unknown key "source"', "Leave it out")
        rule = msgspec.structs.replace(rule, source=f"{source}:{document.line(('id',))}")
        _check(rule, document)
        rules.append(rule)
    return tuple(rules)


def on_findings(rules: Iterable[GateRule], kinds: frozenset[Kind]) -> tuple[GateRule, ...]:
    """Return the rules that ask about findings of `kinds` and nothing else.

    Left out are those on coverage, feeds or exceptions, which a check of one commit knows nothing of.
    """
    return tuple(
        rule
        for rule in rules
        if _per_finding(rule, _program(rule))
        and not any(name.startswith("run.") for name in _program(rule).variables)
        and (not rule.when.kinds or kinds.intersection(rule.when.kinds))
    )


def reads(rules: Iterable[GateRule], prefix: str) -> bool:
    """Return whether any rule reads a variable that starts so, such as `run.quality.`."""
    return any(name.startswith(prefix) for rule in rules for name in _program(rule).variables)


def decide(
    rules: Sequence[GateRule], rows: Sequence[FindingRow], run: RunFacts, *, new_only: bool = False
) -> tuple[Decision, ...]:
    """Return a Decision for each rule that failed, in the order of `rules`.

    Rows that are suppressed, accepted, fixed or retired never count; with `new_only`, only new ones do.
    A rule that reads a finding, or says `when`, is asked per row; any other once, on the run.
    Raises: UsageError naming the rule and the finding if an expression fails: a gate that cannot decide does not pass.
    """
    groups: _Groups = {}
    for n, row in enumerate(rows):
        new = is_new(row)
        if row.suppressed is None and row.status in _COUNTED and (new or not new_only):
            key = (row.kind, row.stage, row.severity, row.confidence, new, row.rule)
            groups.setdefault(key, []).append((n, row))
    failing = ((rule, _failing(rule, groups, run)) for rule in rules)
    return tuple(
        Decision(
            rule=rule.id,
            reason=rule.reason,
            to_pass=rule.to_pass,
            findings=tuple(dict.fromkeys(row.id for row in found)),
            occurrences=tuple(dict.fromkeys(row.occurrence for row in found)),
        )
        for rule, found in failing
        if found is not None
    )


_Key = tuple[Kind, Stage, Severity, Confidence, bool, str]
_Groups = dict[_Key, list[tuple[int, "FindingRow"]]]
"""Rows with their position, by all that `when` can ask; so `when` is decided once a group, not once a row."""


def _failing(rule: GateRule, groups: _Groups, run: RunFacts) -> list[FindingRow] | None:
    """Return the rows on which a rule fails, none if it fails on the run, None if it does not."""
    if rule.when != When() and not any(map(_selector(rule.when), groups)):
        return None  # nothing to ask about, so no engine is needed either
    program = _program(rule)
    on_run = {name: read(run) for name, read in readers(RUN, "run.", program.variables).items()}
    if not _per_finding(rule, program):
        return [] if _answer(program, on_run, rule, "the run") else None
    ask = _asker(rule, program, on_run)
    selects = _selector(rule.when)
    chosen = (pair for key, pairs in groups.items() if selects(key) for pair in pairs)
    hits = sorted(((n, row) for n, row in chosen if ask(row)), key=itemgetter(0))
    return [row for _, row in hits] or None


def _asker(rule: GateRule, program: Program, on_run: Mapping[str, Any]) -> Callable[[FindingRow], bool]:
    """Return a function that evaluates the rule on a row, once for each distinct set of the values it reads."""
    read = readers(FINDING, "f.", program.variables)
    whole = any(VARIABLES[name].startswith(("list", "map")) for name in read)
    answers: dict[object, bool] = {}

    def ask(row: FindingRow) -> bool:
        given = {name: reader(row) for name, reader in read.items()}
        key: object = msgspec.msgpack.encode(given) if whole else tuple(given.values())
        answer = answers.get(key)
        if answer is None:
            answer = answers[key] = _answer(program, {**on_run, **given}, rule, f"finding {row.id}")
        return answer

    return ask


def _answer(program: Program, given: Mapping[str, Any], rule: GateRule, on: str) -> bool:
    try:
        return program.eval(given)
    except UsageError as error:
        raise UsageError(f'{rule.source or "policy"}: "{rule.id}" on {on} {error.what}', error.todo) from error


def _selector(when: When) -> Callable[[_Key], bool]:
    """Return whether the conditions of `when` hold for a group of rows; a page id covers the rules of its matchers."""
    kinds = frozenset(when.kinds or Kind)
    stages = frozenset(when.stages or Stage)
    severities = frozenset(s for s in Severity if when.min_severity is None or s.at_least(when.min_severity))
    confidences = frozenset(c for c in Confidence if when.min_confidence is None or c.at_least(when.min_confidence))
    rules = frozenset(when.rules)

    def selects(key: _Key) -> bool:
        kind, stage, severity, confidence, new, rule = key
        chosen = kind in kinds and stage in stages and severity in severities and confidence in confidences
        named = not rules or rule in rules or rule.partition(".")[0] in rules
        return chosen and named and (new or not when.new)

    return selects


def _per_finding(rule: GateRule, program: Program) -> bool:
    return rule.when != When() or any(name.startswith("f.") for name in program.variables)


def _check(rule: GateRule, document: Document) -> None:
    """Refuse what types cannot say: empty ids, unknown stages, expressions that do not compile. Raises: UsageError."""
    for key in ("id", "fail", "reason", "to_pass"):
        if not getattr(rule, key).strip():
            raise UsageError(f'{document.at((key,))}"{key}" is empty', "Fill it in")
    for n, stage in enumerate(rule.when.stages):
        if stage not in set(Stage):
            raise UsageError(
                f'{document.at(("when", "stages", n))}there is no stage "{stage}"', did_you_mean(stage, Stage)
            )
    if _HAS.search(rule.fail):
        what = f'{document.at(("fail",))}policy "{rule.id}": has() says nothing here, as every field is always there'
        raise UsageError(what, 'Compare the field with its default, such as f.purl != ""')
    try:
        program = _program(rule)
    except UsageError as error:
        todo = _suggestion(error.what) or error.todo
        raise UsageError(f'{document.at(("fail",))}policy "{rule.id}": {error.what}', todo) from error
    if asks_coverage(rule.id) and _per_finding(rule, program):
        raise UsageError(f'{document.at(("id",))}"{rule.id}" is reserved for rules on coverage', "Choose another id")


@lru_cache(maxsize=256)
def _compiled(text: str) -> Program:
    if found := plain.read(text, VARIABLES):
        return found
    from secloop.policy import cel

    return cel.compile(text, VARIABLES)


def _program(rule: GateRule) -> Program:
    return _compiled(rule.fail)


_HAS = lazy(r"\bhas\s*\(\s*(?:f|run)\s*\.\s*\w+\s*\)")


def _suggestion(problem: str) -> str:
    """Return what to do about an unknown name, else ''."""
    found = re.search(r"undeclared reference to '((?:f|run)\.[\w.]+)'", problem)
    if re.search(r"undeclared reference to '(?:f|run)'", problem):
        return "Name a field, such as f.kev or run.complete"
    return did_you_mean(found[1], VARIABLES) if found else ""
