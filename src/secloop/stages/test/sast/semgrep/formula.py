"""A rule's formula: what the keys of Semgrep's format say, as values.

Format: https://semgrep.dev/docs/writing-rules/rule-syntax
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from secloop.model.errors import SecloopError
from secloop.stages.test.sast.pattern.parse import UnreadablePatternError, parse

if TYPE_CHECKING:
    from secloop.stages.test.sast.fronts.base import Front
    from secloop.stages.test.sast.pattern.parse import Pattern


class BadRuleError(SecloopError):
    """A rule that cannot be read; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Code:
    """`pattern`."""

    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Text:
    """`pattern-regex`: a regex over the file's text."""

    regex: str


@dataclass(frozen=True, slots=True)
class Either:
    """`pattern-either`."""

    options: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Inside:
    """`pattern-inside`: only where something matches around."""

    formula: Formula


@dataclass(frozen=True, slots=True)
class Not:
    """`pattern-not`, `pattern-not-inside`, `pattern-not-regex`."""

    formula: Formula


@dataclass(frozen=True, slots=True)
class Condition:
    """A `metavariable-...` key; `kind` is what follows the dash."""

    kind: str
    metavariable: str
    spec: Mapping[str, Any]
    formula: Formula | None = None


@dataclass(frozen=True, slots=True)
class All:
    """`patterns`: all of them, then the conditions, then the focus."""

    positive: tuple[Formula, ...]
    negative: tuple[Not, ...]
    conditions: tuple[Condition, ...]
    focus: tuple[tuple[str, ...], ...] = ()


Formula = Code | Text | Either | Inside | Not | All
CONDITIONS = frozenset({"regex", "pattern", "comparison", "analysis", "type"})
DEEPEST = 40
_META = "metavariable-"


_SHARED: dict[str, Formula] = {}
"""Formulas by what they were read from: rules that say the same share one, and its results in a file."""


def shared_formula(spec: Mapping[str, Any], front: Front) -> Formula:
    """Read a formula, or return the one that was read from the same before. Raises: BadRuleError."""
    own = {key: spec[key] for key in _READERS if key in spec}
    key = json.dumps([front.language, own], sort_keys=True, default=str)
    found = _SHARED.get(key)
    if found is None:
        found = _SHARED[key] = read_formula(spec, front)
    return found


def read_formula(spec: Mapping[str, Any], front: Front, depth: int = 0) -> Formula:
    """Read the one pattern key of a mapping.

    Raises:
        BadRuleError: an unknown key, or a pattern that the language does not read.
    """
    if depth > DEEPEST:
        raise BadRuleError("nested too deeply")
    for key, read in _READERS.items():
        if key in spec:
            return read(spec[key], front, depth + 1)
    raise BadRuleError(f"no pattern among {', '.join(map(str, spec)) or 'nothing'}")


def _code(text: Any, front: Front, _depth: int) -> Formula:
    if not isinstance(text, str):
        raise BadRuleError("a pattern is a text")
    if front.language == "generic":
        from secloop.stages.test.sast.fronts.plain import generic_regex

        return Text(generic_regex(text))
    try:
        return Code(parse(text, front))
    except UnreadablePatternError:
        first = text.strip().splitlines()[0] if text.strip() else "(empty)"
        raise BadRuleError(f"{front.language} does not read the pattern {first!r}") from None


def _regex(text: Any, _front: Front, _depth: int) -> Formula:
    if not isinstance(text, str):
        raise BadRuleError("a regex is a text")
    return Text(text)


def _either(specs: Any, front: Front, depth: int) -> Formula:
    return Either(tuple(read_formula(spec, front, depth) for spec in _list(specs)))


def _inside(spec: Any, front: Front, depth: int) -> Formula:
    return Inside(_nested(spec, front, depth))


def _not(spec: Any, front: Front, depth: int) -> Formula:
    return Not(_nested(spec, front, depth))


def _not_regex(text: Any, front: Front, depth: int) -> Formula:
    return Not(_regex(text, front, depth))


def _nested(spec: Any, front: Front, depth: int) -> Formula:
    return read_formula(spec, front, depth) if isinstance(spec, Mapping) else _code(spec, front, depth)


def _all(specs: Any, front: Front, depth: int) -> Formula:
    positive: list[Formula] = []
    negative: list[Not] = []
    conditions: list[Condition] = []
    focus: list[tuple[str, ...]] = []
    for spec in _list(specs):
        key = next((k for k in spec if k.startswith(_META) or k == "focus-metavariable"), None)
        if key == "focus-metavariable":
            names = spec[key]
            focus.append(tuple(name.lstrip("$") for name in ([names] if isinstance(names, str) else names)))
        elif key is not None:
            conditions.append(_condition(key.removeprefix(_META), spec[key], front, depth))
        else:
            one = read_formula(spec, front, depth)
            negative.append(one) if isinstance(one, Not) else positive.append(one)
    return All(tuple(positive), tuple(negative), tuple(conditions), tuple(focus))


def _condition(kind: str, spec: Any, front: Front, depth: int) -> Condition:
    if kind not in CONDITIONS or not isinstance(spec, Mapping):
        raise BadRuleError(f"metavariable-{kind} is not known")
    name = str(spec.get("metavariable", "")).lstrip("$")
    formula = None
    if kind == "pattern":
        formula = read_formula(spec, _front_of(spec.get("language"), front), depth)
    return Condition(kind, name, spec, formula)


def _front_of(language: Any, front: Front) -> Front:
    if language is None:
        return front
    from secloop.stages.test.sast.fronts import front_of

    found = front_of(str(language))
    if found is None:
        raise BadRuleError(f"language {language} is not read")
    return found


def _list(specs: Any) -> Sequence[Mapping[str, Any]]:
    if not isinstance(specs, list) or not all(isinstance(spec, Mapping) for spec in specs):
        raise BadRuleError("a list of mappings is expected")
    return specs


_READERS = {
    "patterns": _all,
    "pattern-either": _either,
    "pattern": _code,
    "pattern-regex": _regex,
    "pattern-inside": _inside,
    "pattern-not-inside": _not,
    "pattern-not-regex": _not_regex,
    "pattern-not": _not,
}


def is_focused(formula: Formula) -> bool:
    """Say whether a formula's ranges are those of a metavariable that it names by `focus-metavariable`."""
    if isinstance(formula, All):
        return bool(formula.focus) or any(is_focused(part) for part in formula.positive)
    return isinstance(formula, Either) and any(is_focused(option) for option in formula.options)


def load_rules(text: str) -> list[Mapping[str, Any]]:
    """Return the rules of a YAML file.

    Raises:
        BadRuleError: no YAML, or no list of rules.
    """
    try:
        data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - the safe loader, in C
    except yaml.YAMLError as problem:
        raise BadRuleError(f"no YAML: {str(problem).splitlines()[0]}") from None
    rules = data.get("rules") if isinstance(data, Mapping) else None
    if not isinstance(rules, list) or not all(isinstance(rule, Mapping) for rule in rules):
        raise BadRuleError("no list `rules`")
    return rules
