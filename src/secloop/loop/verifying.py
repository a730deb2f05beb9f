"""`--verify`: asks providers whether the secrets of a scan still work, and writes what they say into the findings.

Findings hold no value, so it is read again where it stands, asked about, and forgotten. The sensors' results in the
cache stay as they were.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from secloop.loop.clock import now
from secloop.model.enums import Confidence, Kind, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from secloop.model.finding import Finding
    from secloop.scan.collect import ScanResult
    from secloop.scan.sources import Source
    from secloop.stages.code.verify.base import Transport
    from secloop.stages.code.verify.verifier import Answered

    Apply = Callable[[ScanResult, Source, list[str]], ScanResult]

MAX_FILE = 64 << 20
"""A file is read again up to this many bytes; a scan reads less of one."""

_SAID = {"verified": "; the provider accepts it", "revoked": "; the provider refuses it", "unknown": ""}


def ready() -> Apply:
    """Return the function that asks; what is missing shows before the scan. Raises: MissingExtraError, UsageError."""
    from secloop.stages.code.verify.https import HttpsTransport

    return partial(apply, transport=HttpsTransport())


def apply(result: ScanResult, source: Source, notes: list[str], *, transport: Transport) -> ScanResult:
    """Return `result` with the answers in its findings; `source` gives the scanned files again.

    A secret that works is critical and certain; one that is refused is of low severity. A note counts them.
    """
    from secloop.stages.code.verify.candidates import candidates, files_of
    from secloop.stages.code.verify.provider import providers
    from secloop.stages.code.verify.verifier import Verifier

    known = providers()
    texts = _read(source, files_of(result.findings, known))
    answers = Verifier(transport).ask(candidates(result.findings, texts, known))
    notes.append(_note(result.findings, answers))
    time = now()
    findings = (_told(f, answers[i], time) if i in answers else f for i, f in enumerate(result.findings))
    return msgspec.structs.replace(result, findings=tuple(findings))


def _read(source: Source, wanted: Collection[str]) -> dict[str, bytes]:
    """Return the content of the wanted files; one that has become unreadable is left out."""
    texts = {}
    if wanted:
        for entry in source:
            if entry.path in wanted:
                try:
                    entry.head()
                    texts[entry.path] = entry.read(MAX_FILE)
                except OSError:
                    continue
                finally:
                    entry.close()
    source.close()
    return texts


def _told(finding: Finding, answer: Answered, time: str) -> Finding:
    """Return a finding with what its provider says."""
    severity, confidence = finding.severity, finding.confidence
    evidence = {"verified": answer.state.value, "verified_at": time, "verified_why": answer.why}
    if answer.state == "verified":
        severity, confidence = Severity.CRITICAL, Confidence.HIGH
        evidence["confidence"] = "high: the provider accepts it"
    elif answer.state == "revoked":
        severity = Severity.LOW
    return msgspec.structs.replace(
        finding,
        severity=severity,
        confidence=confidence,
        message=finding.message + _SAID[answer.state],
        evidence=finding.evidence | evidence,
    )


def _note(findings: tuple[Finding, ...], answers: dict[int, Answered]) -> str:
    secrets = sum(finding.kind is Kind.SECRET for finding in findings)
    counts = Counter(answer.state.value for answer in answers.values())
    parts = ", ".join(f"{counts[state]} {state}" for state in _SAID if counts[state])
    said = f"Providers were asked about {len(answers)} of {secrets} secrets"
    return f"{said}: {parts}" if parts else said
