"""Which findings can be asked about, with their values, read again where the findings stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from secloop.model.enums import Kind
from secloop.model.places import CodeSpan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from secloop.model.finding import Finding
    from secloop.stages.code.verify.provider import Provider


@dataclass(frozen=True, repr=False)
class Candidate:
    """A question to a provider about some findings.

    `values` are the secret and, where the provider needs it, the key id; `covers` are the findings' places in the
    sequence they came from.
    """

    provider: Provider
    values: tuple[str, ...]
    covers: tuple[int, ...]


def files_of(findings: Sequence[Finding], known: Sequence[Provider]) -> frozenset[str]:
    """Return the files that hold secrets of the known providers."""
    rules = {rule for provider in known for rule in (*provider.rules, *provider.partner_rules)}
    return frozenset(span.file for finding in findings if (span := _span(finding)) and finding.rule in rules)


def candidates(
    findings: Sequence[Finding], texts: Mapping[str, bytes], known: Sequence[Provider]
) -> tuple[Candidate, ...]:
    """Return the questions to ask; `texts` holds the files' contents by path.

    A finding whose text has not the shape of its provider's secrets makes none: it stands in an encoding, or its file
    has changed.
    """
    by_rule = {rule: provider for provider in known for rule in provider.rules}
    values = {i: value for i, value in _values(findings, texts) if value}
    asked = []
    for i, value in values.items():
        provider = by_rule.get(findings[i].rule)
        if provider is None or not provider.fits(value):
            continue
        if not provider.partner_rules:
            asked.append(Candidate(provider, (value,), (i,)))
        elif (near := _partner(i, provider, findings, values)) is not None:
            asked.append(Candidate(provider, (value, values[near]), (i, near)))
    return tuple(asked)


def _partner(i: int, provider: Provider, findings: Sequence[Finding], values: Mapping[int, str]) -> int | None:
    """Return the nearest key id in the same file."""
    own = _span(findings[i])
    best: tuple[int, int] | None = None
    for j, value in values.items():
        span = _span(findings[j])
        if own and span and span.file == own.file and findings[j].rule in provider.partner_rules:
            distance = abs(span.line - own.line)
            if provider.fits_partner(value) and (best is None or distance < best[0]):
                best = (distance, j)
    return best[1] if best else None


def _values(findings: Sequence[Finding], texts: Mapping[str, bytes]) -> Iterator[tuple[int, str]]:
    """Yield the text at the span of each finding; '' where the span leaves its line."""
    lines: dict[str, list[bytes]] = {}
    for i, finding in enumerate(findings):
        span = _span(finding)
        if span is None or span.file not in texts:
            continue
        if span.file not in lines:
            lines[span.file] = texts[span.file].split(b"\n")
        whole = lines[span.file]
        if span.line == span.end_line and span.line <= len(whole):
            yield i, whole[span.line - 1].decode("utf-8", "replace")[span.column - 1 : span.end_column - 1]


def _span(finding: Finding) -> CodeSpan | None:
    place = finding.place
    return place if finding.kind is Kind.SECRET and isinstance(place, CodeSpan) else None
