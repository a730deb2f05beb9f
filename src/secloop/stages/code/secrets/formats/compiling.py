"""A Gitleaks configuration as rules the detector runs and as reasons to hide.

Its rules are `gitleaks.<id>`. They are believed as they are: none of our filters looks at what they find.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from secloop.model.enums import Confidence, Kind, RuleState, Severity, Stage
from secloop.model.errors import UsageError
from secloop.model.rule import Matcher, Rule
from secloop.stages.code.secrets.compiled import CompiledRule, compile_allowlist, message, pattern
from secloop.stages.code.secrets.formats.base import GENERIC, PathRule, goes_by, is_meant, is_named
from secloop.stages.code.secrets.spec import MatchSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from secloop.stages.code.secrets.compiled import CompiledAllowlist
    from secloop.stages.code.secrets.formats.base import Hider, Seen
    from secloop.stages.code.secrets.formats.gitleaks import GitleaksConfig, GitleaksRule
    from secloop.stages.code.secrets.spec import Allowlist

T = TypeVar("T")

PAGE = "gitleaks"
CWE_HARD_CODED = 798


@dataclass(frozen=True, slots=True)
class AllowlistHider:
    """An allowlist that covers every rule, or with `target` what goes by that rule id.

    `known` says that our pages name the target, so that nothing has to be guessed by the provider's name.
    """

    allowlist: CompiledAllowlist
    source: str
    target: str = ""
    known: bool = False

    def why(self, seen: Seen) -> str:
        """Return the allowlist's description where it covers the hit."""
        if self.target and not (is_meant if self.known else goes_by)(self.target, seen.hit.rule):
            return ""
        secret = seen.hit.value.encode("utf-8", "replace")
        if not self.allowlist.covers(secret, seen.match, lambda: seen.line, seen.file.path, seen.commit):
            return ""
        return f"allowed in {self.source}" + (f": {text}" if (text := self.allowlist.spec.description) else "")


@dataclass(frozen=True, slots=True)
class DisabledHider:
    """Rules of the default configuration that a project switched off; only an exact name of ours counts."""

    ids: frozenset[str]
    source: str

    def why(self, seen: Seen) -> str:
        """Return that the rule is off."""
        name = next((name for name in sorted(self.ids) if is_named(name, seen.hit.rule)), "")
        return f"{name} is disabled in {self.source}" if name else ""


@dataclass(frozen=True, slots=True)
class OwnFileHider:
    """The configuration itself: the examples in its regexes and allowlists are nobody's secrets."""

    files: frozenset[str]

    def why(self, seen: Seen) -> str:
        """Return that the hit stands in the configuration."""
        return "in the scanner's own configuration" if seen.file.path in self.files else ""


@dataclass(kw_only=True)
class CompiledConfig:
    """What a configuration comes to."""

    rules: list[CompiledRule] = field(default_factory=list)
    paths: list[PathRule] = field(default_factory=list)
    hiders: list[Hider] = field(default_factory=list)


def compile_config(config: GitleaksConfig, known: frozenset[str] = frozenset()) -> CompiledConfig:
    """Return a configuration's rules and hiders with their patterns compiled.

    `known` are the lower-case rule ids of other tools that our pages name.
    Raises: UsageError that names the file and the rule whose pattern RE2 does not accept.
    """
    source = config.files[0]
    targeted: dict[str, list[Allowlist]] = {}
    for target, allowlist in config.targeted:
        targeted.setdefault(target, []).append(allowlist)
    made = CompiledConfig(hiders=[OwnFileHider(frozenset(config.files))])
    page = page_of(source)
    for rule in config.rules.values():
        own = (*rule.allowlists, *targeted.pop(rule.id, ()))
        if rule.regex:
            made.rules.append(_compiled(page, rule, own, source))
        elif rule.path:
            made.paths.append(_path_rule(rule, own, source))
        else:
            targeted[rule.id] = list(own)
    made.hiders += _hiders(config, targeted, source, known)
    return made


def _hiders(
    config: GitleaksConfig, targeted: dict[str, list[Allowlist]], source: str, known: frozenset[str]
) -> Iterator[Hider]:
    if config.use_default and config.disabled:
        yield DisabledHider(config.disabled, source)
    for allowlist in config.allowlists:
        yield AllowlistHider(_checked(source, "allowlists", partial(compile_allowlist, allowlist)), source)
    for target, allowlists in targeted.items():
        for allowlist in allowlists:
            compiled = _checked(source, f"allowlist of {target}", partial(compile_allowlist, allowlist))
            yield AllowlistHider(compiled, source, target, target.lower() in known)


def _compiled(page: Rule, rule: GitleaksRule, allowlists: tuple[Allowlist, ...], source: str) -> CompiledRule:
    spec = MatchSpec(
        keywords=rule.keywords,
        regex=rule.regex,
        secret_group=rule.secret_group,
        entropy=rule.entropy,
        path=rule.path,
        allowlists=allowlists,
        required=rule.required,
        skip_report=rule.skip_report,
    )
    confidence = Confidence.MEDIUM if GENERIC in rule.id.lower() else Confidence.HIGH
    compiled = CompiledRule(
        rule_id=f"{PAGE}.{rule.id}",
        page=page,
        matcher=Matcher(id=rule.id, match={}, title=rule.description or rule.id, confidence=confidence),
        spec=spec,
        keywords=tuple(sorted({word.lower().encode() for word in rule.keywords})),
        generic=GENERIC in rule.id.lower(),
        foreign=True,
    )
    groups = _checked(source, f"rule {rule.id}", lambda: _patterns(compiled))
    if rule.secret_group > groups:
        what = (
            f"{source}: rule {rule.id}: secretGroup {rule.secret_group} does not exist, the regex has {groups} groups"
        )
        raise UsageError(what, "Correct the file, or remove it")
    return compiled


def _patterns(rule: CompiledRule) -> int:
    """Compile a rule's patterns; return the number of groups of its regex. Raises: re2.error."""
    _ = rule.path, rule.allowlists
    groups: int = rule.regex.groups
    return groups


def _path_rule(rule: GitleaksRule, allowlists: tuple[Allowlist, ...], source: str) -> PathRule:
    return _checked(
        source,
        f"rule {rule.id}",
        lambda: PathRule(
            rule_id=f"{PAGE}.{rule.id}",
            title=rule.description or rule.id,
            path=pattern(rule.path),
            source=source,
            allowlists=tuple(compile_allowlist(one) for one in allowlists),
        ),
    )


def _checked(source: str, place: str, make: Callable[[], T]) -> T:
    """Return what `make` compiles. Raises: UsageError in place of RE2's."""
    import re2

    try:
        return make()
    except re2.error as problem:
        raise UsageError(f"{source}: {place}: {message(problem)}", "Correct the file, or remove it") from None


def page_of(source: str) -> Rule:
    """Return the page that a configuration's rules are the matchers of."""
    return Rule(
        id=PAGE,
        title=f"A rule of {source}",
        stage=Stage.CODE,
        kind=Kind.SECRET,
        engine="secret",
        since="0.1.0",
        state=RuleState.STABLE,
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        cwe=(CWE_HARD_CODED,),
        matchers=(),
        source=source,
    )
