"""A matcher ready to run: its RE2 regex, keywords as bytes, and its allowlists."""

from __future__ import annotations

import re
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from secloop.model.base import Record
from secloop.model.errors import UsageError
from secloop.model.regex import lazy
from secloop.stages.code.secrets.checks import CHECKS, GENERIC_CHECKS
from secloop.stages.code.secrets.context import FILE_TYPES
from secloop.stages.code.secrets.spans import Searcher
from secloop.stages.code.secrets.spec import Allowlist, MatchSpec, read_match

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from secloop.model.rule import Matcher, Rule
    from secloop.rules.base import RuleSet

_PUBLIC = lazy(r"\S{2,}[-_.]|akia|asia|sk")


class CompiledAllowlist(Record, frozen=True):
    """An allowlist with its patterns compiled."""

    spec: Allowlist
    regexes: tuple[Any, ...]
    paths: tuple[Any, ...]

    def covers(self, secret: bytes, match: bytes, line: Callable[[], bytes], path: str, commit: str = "") -> bool:
        """Return whether this list says that the hit is no secret; with condition AND all its parts must hold."""
        target = {"secret": lambda: secret, "match": lambda: match, "line": line}[self.spec.regex_target]()
        parts: list[bool] = []
        if self.spec.commits:
            parts.append(commit.lower() in self.spec.commits)
        if self.paths:
            parts.append(any(p.search(path.encode()) for p in self.paths))
        if self.regexes:
            parts.append(any(r.search(target) for r in self.regexes))
        if self.spec.stopwords:
            lowered = secret.lower()
            parts.append(any(word.lower().encode() in lowered for word in self.spec.stopwords))
        return bool(parts) and (all(parts) if self.spec.condition == "AND" else any(parts))


class CompiledRule(Record, frozen=True, dict=True):
    """One matcher of a page. `rule_id` is the matcher's id for gates; `generic` rules look at names, not at shapes.

    A `foreign` one comes from another tool's configuration: it is believed as it is, without our filters.

    RE2 compiles a regex when it is first used: most files need only a few of them.
    """

    rule_id: str
    page: Rule
    matcher: Matcher
    spec: MatchSpec
    keywords: tuple[bytes, ...]
    generic: bool
    foreign: bool = False

    @property
    def regex_bytes(self) -> bytes:
        """The regex as bytes, each a Latin-1 character."""
        return self.spec.regex.encode("latin-1", "replace")

    @cached_property
    def regex(self) -> Any:
        """The RE2 pattern over bytes; `searcher` finds its matches faster. Raises: re2.error."""
        return pattern(self.regex_bytes)

    @cached_property
    def searcher(self) -> Searcher:
        """What finds the regex's matches. Raises: re2.error when it is asked for some."""
        return Searcher(self.regex_bytes, pattern)

    @cached_property
    def groups(self) -> tuple[int, ...]:
        """The numbers of the groups of which the first that is not empty holds the secret; 0 is the whole match."""
        return (self.spec.secret_group,) if self.spec.secret_group else (*range(1, self.searcher.groups + 1), 0)

    @cached_property
    def key_group(self) -> int:
        """The number of the group `key`, the name a value is assigned to; 0 without one."""
        return self.searcher.names.get(b"key", 0)

    @cached_property
    def path(self) -> Any:
        """The RE2 pattern for the path, or None. Raises: re2.error."""
        return pattern(self.spec.path) if self.spec.path else None

    @cached_property
    def each(self) -> Any:
        """The RE2 pattern for the secrets of a block, or None. Raises: re2.error."""
        return pattern(self.spec.each) if self.spec.each else None

    @cached_property
    def allowlists(self) -> tuple[CompiledAllowlist, ...]:
        """The allowlists, compiled. Raises: re2.error."""
        return tuple(compile_allowlist(one) for one in self.spec.allowlists)

    @cached_property
    def prefixes(self) -> tuple[str, ...]:
        """The public prefixes of its tokens, in lower case, longest first; none for a generic rule."""
        return () if self.generic else _public_prefixes(self.spec)

    def compile(self) -> None:
        """Compile all patterns now. Raises: UsageError that names the page and the matcher."""
        try:
            _ = self.regex, self.path, self.each, self.allowlists
        except _re2().error as problem:
            raise _page_error(self.page, self.matcher, problem) from None


def read_rules(rules: RuleSet) -> list[CompiledRule]:
    """Return all matchers of the set's secret pages, in the set's order; patterns compile later. Raises: UsageError."""
    read = []
    for page, matcher in rules.for_engine("secret").matchers():
        try:
            read.append(read_matcher(page, matcher))
        except msgspec.ValidationError as problem:
            raise _page_error(page, matcher, problem) from None
    return read


def compile_all(rules: Iterable[CompiledRule]) -> None:
    """Compile the patterns of all rules now. Raises: UsageError."""
    for rule in rules:
        rule.compile()


def read_matcher(page: Rule, matcher: Matcher) -> CompiledRule:
    """Return one matcher. Raises: msgspec.ValidationError."""
    spec = read_match(matcher)
    return CompiledRule(
        rule_id=page.rule_id(matcher),
        page=page,
        matcher=matcher,
        spec=spec,
        keywords=tuple(sorted({word.lower().encode() for word in spec.keywords})),
        generic=matcher.check in GENERIC_CHECKS,
    )


def _page_error(page: Rule, matcher: Matcher, problem: Exception) -> UsageError:
    what = f"{page.source or page.id}: matcher {matcher.id}: {message(problem)}"
    return UsageError(what, "Correct the page, `secloop rules test` checks it")


def problems(rule: Rule) -> Iterator[str]:
    """Yield what is wrong with the matchers of a page, one line each."""
    names = {matcher.id for matcher in rule.matchers}
    for matcher in rule.matchers:
        where = f"{rule.source or rule.id}: matcher {matcher.id}"
        try:
            compiled = read_matcher(rule, matcher)
            _ = compiled.regex, compiled.path, compiled.each, compiled.allowlists
        except (msgspec.ValidationError, _re2().error) as problem:
            yield f"{where}: {message(problem)}"
            continue
        yield from (f"{where}: {text}" for text in _contradictions(compiled, names))


def _contradictions(compiled: CompiledRule, names: set[str]) -> Iterator[str]:
    if (group := compiled.spec.secret_group) > compiled.regex.groups:
        yield f"secretGroup {group} does not exist, the regex has {compiled.regex.groups} groups"
    if compiled.each is not None and (compiled.each.groups != 1 or compiled.each.search(b"") is not None):
        yield "each needs one group, for the secret, and must not match the empty string"
    if compiled.regex.search(b"") is not None:
        yield "the regex matches the empty string"
    if not compiled.keywords and compiled.path is None:
        yield "keywords are missing; without Hyperscan the regex would run on every file"
    if compiled.matcher.check and compiled.matcher.check not in CHECKS | GENERIC_CHECKS.keys():
        yield f"check {compiled.matcher.check!r} is not one of {', '.join(sorted(CHECKS | GENERIC_CHECKS.keys()))}"
    for language in compiled.matcher.languages:
        if language not in FILE_TYPES:
            yield f"language {language!r} is not one of {', '.join(FILE_TYPES)}"
    for required in compiled.spec.required:
        if required.id not in names:
            yield f"required matcher {required.id!r} is not on this page"


def pattern(regex: str | bytes) -> Any:
    """Return an RE2 pattern over bytes (each byte is one Latin-1 character). Raises: re2.error."""
    re2 = _re2()
    return re2.compile(regex.encode("latin-1", "replace") if isinstance(regex, str) else regex, _options())


@cache
def _options() -> Any:
    re2 = _re2()
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    return options


def _re2() -> Any:
    import re2

    return re2


def compile_allowlist(spec: Allowlist) -> CompiledAllowlist:
    """Return an allowlist with its patterns compiled. Raises: re2.error."""
    return CompiledAllowlist(
        spec=spec,
        regexes=tuple(pattern(regex) for regex in spec.regexes),
        paths=tuple(pattern(path) for path in spec.paths),
    )


def _public_prefixes(spec: MatchSpec) -> tuple[str, ...]:
    """Return the keywords that stand literally in the regex and end in a separator: the public part of a token."""
    plain = re.sub(r"\\(.)", r"\1", spec.regex).lower()
    public = {word.lower() for word in spec.keywords if _PUBLIC.fullmatch(word.lower())}
    return tuple(sorted((word for word in public if word in plain), key=len, reverse=True))


def message(problem: Exception) -> str:
    """Return what msgspec or RE2 says is wrong; RE2 says it in bytes."""
    text = problem.args[0] if problem.args else problem
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
