"""Detection: candidate rules, their spans, and the judgement of each span.

1. The prefilter names candidate rules. 2. Rules that do not fit the file (path, type, noise, keywords) fall out.
3. RE2 finds spans and groups. 4. Entropy, allowlists, filters and the offline check judge each. 5. A matcher that
requires another keeps its hits near that one's. 6. Of overlapping hits the most specific stays.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from secloop.model.enums import Confidence
from secloop.stages.code.secrets.checks import CHECKS, MATCH_CHECKS, Outcome
from secloop.stages.code.secrets.compiled import pattern
from secloop.stages.code.secrets.decoding.encodings import encoded
from secloop.stages.code.secrets.decoding.passes import NOTEBOOK, Behind, behind, merged
from secloop.stages.code.secrets.doubt import Doubt
from secloop.stages.code.secrets.filters import Candidate, explain
from secloop.stages.code.secrets.overlap import distinct, with_required
from secloop.stages.code.secrets.strength import entropy, strength

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from secloop.stages.code.secrets.compiled import CompiledRule
    from secloop.stages.code.secrets.context import FileContext
    from secloop.stages.code.secrets.prefilter import Prefilter
    from secloop.stages.code.secrets.spans import Span

MAX_HITS = 1000
"""Hits of one rule in one file; more is a data set, and the file is reported as partly analysed."""

LINE_WINDOW = 4000
"""Bytes of a line that are looked at on either side of a match."""

_LINE_BYTES = 400
_STRONG_BITS = 30.0
_ANY = Doubt()

_MOST_VERDICTS = 4096
_verdicts: dict[tuple[object, ...], bool] = {}
"""What the filters said of candidates; a few megabytes at most, since what is kept is short."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A secret at byte offsets [start, end) of a file. `evidence` never holds a part of it.

    `match` are the offsets of the whole match, with what stands around the secret.
    """

    rule: CompiledRule
    start: int
    end: int
    value: str
    confidence: Confidence
    evidence: dict[str, str] = field(default_factory=dict)
    match: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Detection:
    """The hits of one file in order.

    `truncated` names the rules that hit MAX_HITS; `cut` says that the file holds more encoded text than is decoded.
    """

    hits: tuple[Hit, ...]
    truncated: tuple[str, ...]
    cut: bool = False


class Detector:
    """Compiled rules with their prefilter; pure, one per process."""

    def __init__(self, rules: Sequence[CompiledRule], prefilter: Prefilter) -> None:
        """Keep the rules and what names candidates among them."""
        self._rules = rules
        self._prefilter = prefilter
        self._last: tuple[str, tuple[int, ...]] = ("\n", ())
        wanted = {(rule.page.id, one.id) for rule in rules for one in rule.spec.required}
        self._companions = frozenset(i for i, rule in enumerate(rules) if (rule.page.id, rule.matcher.id) in wanted)

    def detect(self, data: bytes, context: FileContext, doubt: Doubt = _ANY) -> Detection:
        """Return the secrets in `data` and behind its encodings, of overlapping ones the most specific.

        `doubt` is what `suspects` said of it.
        """
        hits, truncated = self.hits(data, context, doubt.rules)
        found = behind(data, context, self.hits) if doubt.encoded else Behind()
        return Detection(tuple(merged(distinct(hits), found.hits)), truncated + found.truncated, cut=found.cut)

    def suspects(self, texts: Sequence[bytes], contexts: Sequence[FileContext]) -> dict[int, Doubt]:
        """Return the numbers of the texts in which `detect` may find something; it finds nothing in the others."""
        notebooks = {n for n, context in enumerate(contexts) if context.path.endswith(NOTEBOOK)}
        plain, behind_ = self._prefilter.suspects(texts, contexts), notebooks | encoded(texts)
        return {n: Doubt(plain.get(n, ()), encoded=n in behind_) for n in sorted(plain.keys() | behind_)}

    def kind(self, context: FileContext) -> Hashable:
        """Return what contexts share in which the same text gives the same hits; None for one like no other."""
        if context.path.endswith(NOTEBOOK):
            return None
        return (context.type, context.noisy, context.fixture, self._named(context.path))

    def _named(self, path: str) -> tuple[int, ...]:
        """Return which of the patterns for paths fit; remembered, since versions of a file follow each other."""
        if self._last[0] != path:
            name = path.encode("utf-8", "replace")
            self._last = path, tuple(n for n, one in enumerate(self._paths) if one.search(name))
        return self._last[1]

    @cached_property
    def _paths(self) -> list[Any]:
        """What the rules ask of paths, as RE2 patterns."""
        asked = {rule.spec.path for rule in self._rules if rule.spec.path}
        asked.update(path for rule in self._rules for one in rule.spec.allowlists for path in one.paths)
        return [pattern(one) for one in sorted(asked)]

    def stands_alone(self, doubt: Doubt) -> bool:
        """Return whether no rule that may match is one that another rule wants to have nearby."""
        return doubt.rules is not None and self._companions.isdisjoint(doubt.rules)

    def hits(
        self, data: bytes, context: FileContext, candidates: Sequence[int] | None = None
    ) -> tuple[list[Hit], tuple[str, ...]]:
        """Return what each rule finds in `data`, by rule, and the rules that hit MAX_HITS.

        `candidates` are the indices of the rules that may match, where they are known.
        """
        chosen = self._prefilter.candidates(data, context) if candidates is None else candidates
        rules = [self._rules[i] for i in chosen]
        rules = _with_candidates([rule for rule in rules if _fits(rule, context)])
        if not rules:
            return [], ()
        lowered = data.lower()
        hits: list[Hit] = []
        truncated: list[str] = []
        for rule in rules:
            if rule.keywords and not any(word in lowered for word in rule.keywords):
                continue
            found = list(_judged(rule, data, context))
            if len(found) > MAX_HITS:
                truncated.append(rule.rule_id)
            hits.extend(found[:MAX_HITS])
        return with_required(hits, data), tuple(truncated)


def _with_candidates(rules: Sequence[CompiledRule]) -> list[CompiledRule]:
    """Return the rules whose required matchers are candidates too: near what cannot hit, nothing needs judging."""
    present = {(rule.page.id, rule.matcher.id) for rule in rules}
    return [rule for rule in rules if all((rule.page.id, one.id) in present for one in rule.spec.required)]


def _fits(rule: CompiledRule, context: FileContext) -> bool:
    if rule.matcher.languages and context.type not in rule.matcher.languages:
        return False
    if rule.generic and context.noisy:
        return False
    return rule.path is None or rule.path.search(context.path.encode("utf-8", "replace")) is not None


@dataclass(frozen=True, slots=True)
class _Span:
    """Byte offsets of a match, of its secret and of its key (-1 without)."""

    match_start: int
    match_end: int
    start: int
    end: int
    key_start: int
    key_end: int


def _judged(rule: CompiledRule, data: bytes, context: FileContext) -> Iterator[Hit]:
    kept = 0
    for span in _spans(rule, data):
        hit = _judge(rule, data, context, span)
        if hit is not None:
            yield hit
            kept += 1
            if kept > MAX_HITS:
                return


def _spans(rule: CompiledRule, data: bytes) -> Iterator[_Span]:
    """Yield the places of what may be secrets: one a match, or all that `each` finds in the block that it holds."""
    for spans in rule.searcher.spans(data):
        start, end = _secret(rule, data, spans)
        if start == end:
            continue
        if rule.each is None:
            key = spans[rule.key_group] if rule.key_group else (-1, -1)
            yield _Span(*spans[0], start, end, *key)
            continue
        for match in rule.each.finditer(data[start:end]):
            first, last = match.span(1)
            yield _Span(start + match.start(), start + match.end(), start + first, start + last, -1, -1)


def _secret(rule: CompiledRule, data: bytes, spans: Sequence[Span]) -> Span:
    """Return the offsets of the secret in a match: its group, else the first that is not empty, else the whole.

    Line ends around a whole match do not belong to it. Source: detectRule of Gitleaks' detect.go.
    """
    for group in rule.groups:
        start, end = spans[group]
        if 0 <= start < end:
            if group == 0:
                text = data[start:end]
                return start + len(text) - len(text.lstrip(b"\n")), start + len(text.rstrip(b"\n"))
            return start, end
    return 0, 0


def _judge(rule: CompiledRule, data: bytes, context: FileContext, span: _Span) -> Hit | None:
    secret = data[span.start : span.end]
    value = secret.decode("utf-8", "replace")
    bits = entropy(value)
    if rule.spec.entropy and bits <= rule.spec.entropy:
        return None

    def line() -> bytes:
        return data[slice(*line_around(data, span.start, span.end))]

    if any(a.covers(secret, data[span.match_start : span.match_end], line, context.path) for a in rule.allowlists):
        return None
    if not rule.foreign and _dropped(candidate(rule, data, context, span)):
        return None
    whole = data[span.match_start : span.match_end] if rule.matcher.check in MATCH_CHECKS else secret
    judged = _confidence(rule, value, whole, context)
    if judged is None:
        return None
    confidence, evidence = judged
    evidence = {"entropy": f"{bits:.2f}", "detector": rule.rule_id, **evidence}
    return Hit(
        rule=rule,
        start=span.start,
        end=span.end,
        value=value,
        confidence=confidence,
        evidence=evidence,
        match=(span.match_start, span.match_end),
    )


def _dropped(c: Candidate) -> bool:
    """Return whether a filter drops a candidate; no filter asks where it stands, and many stand in many files."""
    if len(c.value) > _LINE_BYTES:
        return explain(c) is not None
    key = (c.check, c.value, c.key, c.before, c.after, c.type, c.quoted, c.line_bytes)
    known = _verdicts.get(key)
    if known is None:
        if len(_verdicts) >= _MOST_VERDICTS:
            _verdicts.clear()
        known = _verdicts[key] = explain(c) is not None
    return known


def _confidence(
    rule: CompiledRule, value: str, checked: bytes, context: FileContext
) -> tuple[Confidence, dict[str, str]] | None:
    """Return how sure the hit is, and why not surer; None where the offline check of `checked` fails."""
    confidence = rule.matcher.confidence or rule.page.confidence
    evidence: dict[str, str] = {}
    if rule.foreign:
        return confidence, evidence
    doubts = []
    if check := CHECKS.get(rule.matcher.check):
        result = check(checked.decode("utf-8", "replace"))
        if result.outcome is Outcome.FAILED:
            return None
        if result.outcome is Outcome.DOUBTFUL:
            confidence = Confidence.LOW
            doubts.append("its form is doubtful")
        evidence["check"] = result.note
    elif rule.generic and strength(value) < _STRONG_BITS:
        confidence = Confidence.LOW
        doubts.append("a weak value")
    if context.fixture:
        confidence = _lower(confidence)
        doubts.append("in a test, example, documentation or vendored path")
    if confidence is Confidence.LOW and not doubts:
        doubts.append("its rule is no more than a hint")
    if doubts:
        evidence["confidence"] = f"{confidence}: {', '.join(doubts)}"
    return confidence, evidence


def candidate(rule: CompiledRule, data: bytes, context: FileContext, span: _Span) -> Candidate:
    """Return what the filters look at: the value and at most some hundred bytes around it, however long the line."""
    line_start, line_end = line_around(data, span.start, span.end)
    before = data[max(line_start, span.start - _LINE_BYTES) : span.start].decode("utf-8", "replace")
    return Candidate(
        value=data[span.start : span.end].decode("utf-8", "replace"),
        key=data[max(span.key_start, 0) : max(span.key_end, 0)].decode("utf-8", "replace"),
        before=before,
        after=data[span.end : min(line_end, span.end + _LINE_BYTES)].decode("utf-8", "replace"),
        type=context.type,
        path=context.path,
        check=rule.matcher.check,
        quoted=before[-1:] in {'"', "'", "`"},
        line_bytes=line_end - line_start,
    )


def line_around(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Return the offsets of the line(s) around [start, end), cut at LINE_WINDOW bytes on either side.

    The cut keeps a file that is one long line from costing a pass over it for every match.
    """
    first = max(0, start - LINE_WINDOW)
    last = min(len(data), end + LINE_WINDOW)
    before = data.rfind(b"\n", first, start)
    after = data.find(b"\n", end, last)
    return (first if before == -1 else before + 1), (last if after == -1 else after)


def _lower(confidence: Confidence) -> Confidence:
    return {Confidence.HIGH: Confidence.MEDIUM}.get(confidence, Confidence.LOW)
