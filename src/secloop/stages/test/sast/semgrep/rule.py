"""A rule of Semgrep's format, read and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from secloop.stages.test.sast.fronts import front_of
from secloop.stages.test.sast.models import model
from secloop.stages.test.sast.semgrep.formula import BadRuleError, is_focused, shared_formula

if TYPE_CHECKING:
    from secloop.stages.test.sast.fronts.base import Front
    from secloop.stages.test.sast.semgrep.formula import Formula


DEFAULT_LABEL = "__SOURCE__"


@dataclass(frozen=True, slots=True)
class Source:
    """Where tainted data enters: a formula, the label it gives, and the labels it needs."""

    formula: Formula
    label: str = DEFAULT_LABEL
    requires: str | None = None
    exact: bool = False
    by_side_effect: bool = False
    control: bool = False
    setting: str = ""
    """Where the formula reads a configuration's `$KEY`: a regex of the values that taint."""


@dataclass(frozen=True, slots=True)
class Sink:
    """Where tainted data must not arrive."""

    formula: Formula
    requires: str | None = None
    exact: bool = False
    focused: bool = False
    """Whether the place is one expression; else, where it is a call, its arguments count."""


@dataclass(frozen=True, slots=True)
class Sanitizer:
    """What makes tainted data clean."""

    formula: Formula
    exact: bool = False
    by_side_effect: bool = False
    not_conflicting: bool = False


@dataclass(frozen=True, slots=True)
class Propagator:
    """What carries taint from one metavariable to another."""

    formula: Formula
    source: str
    target: str
    by_side_effect: bool = True


@dataclass(frozen=True, slots=True)
class Guard:
    """A check after which a value is clean: where the formula's condition is `when`, what `$X` stands for is.

    An extension of the format; models of languages have them, see `models`.
    """

    formula: Formula
    when: bool


@dataclass(frozen=True, slots=True)
class Taint:
    """`mode: taint`."""

    sources: tuple[Source, ...]
    sinks: tuple[Sink, ...]
    sanitizers: tuple[Sanitizer, ...] = ()
    propagators: tuple[Propagator, ...] = ()
    guards: tuple[Guard, ...] = ()

    @property
    def labelled(self) -> bool:
        """Whether it tells taint of one source from that of another."""
        return any(sink.requires is not None for sink in self.sinks) or any(
            source.requires is not None or source.label != DEFAULT_LABEL for source in self.sources
        )


@dataclass(frozen=True, slots=True)
class SemgrepRule:
    """A rule for one language: a formula, or a taint specification."""

    id: str
    front: Front
    search: Formula | None
    taint: Taint | None
    message: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


def read_rule(spec: Mapping[str, Any], language: str) -> SemgrepRule:
    """Read a rule for one of its languages.

    Raises:
        BadRuleError: it cannot be read; the text says why.
    """
    front = front_of(language)
    if front is None:
        raise BadRuleError(f"language {language} is not read")
    paths = spec.get("paths") or {}
    taint = _taint(spec, front) if spec.get("mode") == "taint" else None
    return SemgrepRule(
        id=str(spec.get("id", "")),
        front=front,
        search=None if taint is not None else shared_formula(spec, front),
        taint=taint,
        message=str(spec.get("message", "")),
        options=spec.get("options") or {},
        include=tuple(map(str, paths.get("include") or ())),
        exclude=tuple(map(str, paths.get("exclude") or ())),
    )


def _models_named(given: Any) -> list[str]:
    """Return the models that a list names, and the one that always holds."""
    specs = given if isinstance(given, list) else []
    return ["any", *(str(one["model"]) for one in specs if isinstance(one, Mapping) and "model" in one)]


def _of_models(spec: Mapping[str, Any], language: str, part: str) -> list[Mapping[str, Any]]:
    """Return what a `{model: NAME}` stands for; anything else stands for itself."""
    if part == "sources" and "setting" in spec:
        return [{**one, "setting": spec["setting"]} for one in model(language, part, "settings")]
    if "model" not in spec:
        return [spec]
    found = model(language, part, str(spec["model"]))
    if not found and part == "sources":
        raise BadRuleError(f"no model {spec['model']!r} of {part} for {language}")
    extra = model(language, part, "any") if part == "sanitizers" else []
    return [*found, *extra]


def _sink(spec: Mapping[str, Any], front: Front) -> Sink:
    formula = shared_formula(spec, front)
    return Sink(formula, spec.get("requires"), exact=spec.get("exact", True) is not False, focused=is_focused(formula))


def _taint(spec: Mapping[str, Any], front: Front) -> Taint:
    def each(key: str) -> Sequence[Mapping[str, Any]]:
        given = spec.get(key) or []
        if not isinstance(given, list) or not all(isinstance(one, Mapping) for one in given):
            raise BadRuleError(f"{key} is a list of mappings")
        return [one for spec in given for one in _of_models(spec, front.language, key.removeprefix("pattern-"))]

    sources = [
        Source(
            shared_formula(one, front),
            str(one.get("label", DEFAULT_LABEL)),
            one.get("requires"),
            exact=bool(one.get("exact")),
            by_side_effect=bool(one.get("by-side-effect")),
            setting=str(one.get("setting", "")),
        )
        for one in each("pattern-sources")
    ]
    sinks = [_sink(one, front) for one in each("pattern-sinks")]
    sanitizers = [
        Sanitizer(
            shared_formula(one, front),
            exact=bool(one.get("exact")),
            by_side_effect=bool(one.get("by-side-effect")),
            not_conflicting=bool(one.get("not_conflicting") or one.get("not-conflicting")),
        )
        for one in each("pattern-sanitizers")
    ]
    propagators = [
        Propagator(
            shared_formula(one, front),
            str(one.get("from", "")).lstrip("$"),
            str(one.get("to", "")).lstrip("$"),
            by_side_effect=one.get("by-side-effect", True) is not False,
        )
        for one in each("pattern-propagators")
    ]
    guards = [
        Guard(shared_formula(one, front), when=bool(one.get("when", True)))
        for name in _models_named(spec.get("pattern-sanitizers"))
        for one in model(front.language, "guards", name)
    ]
    if not sources or not sinks:
        raise BadRuleError("mode: taint needs pattern-sources and pattern-sinks")
    return Taint(tuple(sources), tuple(sinks), tuple(sanitizers), tuple(propagators), tuple(guards))
