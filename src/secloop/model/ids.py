"""Identity: which problem is which, by the fields of contracts.md and nothing else.

Severity, message, line number and tool name are never part of an id. `VERSION` stands beside every stored id, so a
change of the algorithm never reopens findings silently.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import defaultdict
from itertools import zip_longest
from typing import TYPE_CHECKING

import msgspec

from secloop.model.enums import Kind
from secloop.model.places import place_key, place_line
from secloop.model.regex import lazy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from secloop.model.finding import Finding

VERSION = 1
REDACTED = "redacted"
"""The first identity field of a secret whose value is not known; a keyed hash is never this word."""

_DIGEST_BYTES = 10  # 20 hex digits
_SLOW_ROUNDS = 20_000
_PREFIXES = ("CVE-", "GHSA-")


def digest(fields: Iterable[str]) -> str:
    """Return 20 hex digits of BLAKE2b over length-prefixed UTF-8 `fields`; ("a", "bc") and ("ab", "c") differ."""
    h = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for field in fields:
        raw = field.encode("utf-8", "surrogateescape")
        h.update(len(raw).to_bytes(8, "big"))
        h.update(raw)
    return h.hexdigest()


def finding_id(kind: Kind, fields: Sequence[str]) -> str:
    """Return `<letter>-<20 hex>` for a kind and its identity fields."""
    return f"{kind.letter}-{digest((kind.value, *fields))}"


def occurrence_id(finding: str, place: str) -> str:
    """Return the id of a finding at one place key: `<finding id>@<10 hex>`; exceptions and baselines hold for these."""
    return f"{finding}@{digest((finding, place))[:10]}"


def identity_key(salt: str) -> bytes:
    """Return the 32-byte key of secret identities from `[project] identity_salt`, the root commit or the project id."""
    return hashlib.blake2b(salt.encode(), digest_size=32, person=b"secloop-identity"[:16]).digest()


def secret_identity(key: bytes, value: str, guessable: bool) -> tuple[str, ...]:
    """Return the identity fields of a secret: a keyed hash of its value only.

    A `guessable` value (a weak password) goes through PBKDF2 first, so that a published id is no cheap oracle.
    """
    raw = value.encode("utf-8", "surrogateescape")
    if guessable:
        # secloop:ignore weak-key-derivation.python-pbkdf2 reason="keyed; names a finding, keeps no password"
        raw = hashlib.pbkdf2_hmac("sha256", raw, key, _SLOW_ROUNDS)
    return (hmac.new(key, raw, hashlib.sha256).hexdigest(),)


def redacted_identity(file: str, line: str) -> tuple[str, ...]:
    """Return the identity fields of a secret that another tool reports without its value: its file and line of text."""
    return (REDACTED, file, normalise_match(line))


def canonical_id(ids: Iterable[str]) -> str:
    """Return the canonical id of an alias group: CVE before GHSA before others, then smallest. Raises: ValueError."""
    return min(ids, key=lambda i: (next((n for n, p in enumerate(_PREFIXES) if i.startswith(p)), len(_PREFIXES)), i))


def vulnerability_identity(ids: Iterable[str], purl: str) -> tuple[str, ...]:
    """Return the identity fields of a vulnerability: canonical id and the purl without version and qualifiers."""
    return (canonical_id(ids), bare_purl(purl))


def bare_purl(purl: str) -> str:
    """Return `purl` without version, qualifiers and subpath."""
    head = purl.split("#", 1)[0].split("?", 1)[0]
    at = head.rfind("@")
    return head[:at] if at > head.rfind("/") else head


_COMMENT = lazy(r"/\*.*?\*/|(?:(?<=\s)|^)(?://|#).*?$", re.MULTILINE | re.DOTALL)


def normalise_match(text: str) -> str:
    """Return `text` without comments, with white space folded and one quote style, for the identity of a weakness."""
    return " ".join(_COMMENT.sub(" ", text).replace('"', "'").replace("`", "'").split())


def identify(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings with `id` and `occurrence` filled, sorted; equal weaknesses are numbered by (path, line).

    The order of the input does not matter. Findings that already have an id keep it.
    """
    ordered = sorted(findings, key=_sort_key)
    count: defaultdict[tuple[str, ...], int] = defaultdict(int)
    out: list[Finding] = []
    for finding in ordered:
        if finding.id:
            out.append(finding)
            continue
        fields = finding.identity
        if finding.kind is Kind.WEAKNESS:
            count[fields] += 1
            fields = (*fields, str(count[fields]))
        own = finding_id(finding.kind, fields)
        out.append(
            msgspec.structs.replace(finding, id=own, occurrence=occurrence_id(own, place_key(finding.place))),
        )
    return out


def explain_same(a: Finding, b: Finding) -> str:
    """Return one sentence on why two identified findings are the same problem or not."""
    return explain_identity((a.id, a.kind, a.identity), (b.id, b.kind, b.identity))


def explain_identity(a: tuple[str, Kind, Sequence[str]], b: tuple[str, Kind, Sequence[str]]) -> str:
    """Return one sentence on why two (id, kind, identity fields) are the same problem or not."""
    (a_id, kind, fields), (b_id, b_kind, b_fields) = a, b
    if a_id == b_id:
        return f"Same: both have the identity fields {_shown(kind, fields)} of kind {kind.value}."
    if kind is not b_kind:
        return f"Different: one is a {kind.value}, the other a {b_kind.value}."
    names = FIELD_NAMES[kind]
    differing = [
        names[i] if i < len(names) else f"field {i + 1}"
        for i, (x, y) in enumerate(zip_longest(fields, b_fields))
        if x != y
    ]
    return f"Different: {', '.join(differing) or 'number among equal matches'} differs."


FIELD_NAMES: dict[Kind, tuple[str, ...]] = {
    Kind.SECRET: ("keyed hash of the value",),
    Kind.VULNERABILITY: ("canonical advisory id", "package without version"),
    Kind.LICENSE: ("licence", "package without version"),
    Kind.SUPPLY_CHAIN: ("problem", "package without version"),
    Kind.WEAKNESS: ("weakness family", "enclosing scope", "normalised match"),
    Kind.MISCONFIGURATION: ("rule", "resource address", "attribute path"),
    Kind.EXPOSURE: ("rule", "resource address", "attribute path"),
    Kind.DETECTION: ("rule", "entity"),
    Kind.THREAT: ("threat", "model element"),
    Kind.PROVENANCE: ("requirement", "artifact"),
}
"""What each identity field of a kind is called, for `secloop why-same`."""


def _sort_key(finding: Finding) -> tuple[str, int, str, tuple[str, ...], int]:
    place = finding.place
    return (place_key(place), place_line(place) or 0, finding.rule, finding.identity, getattr(place, "column", 0))


def _shown(kind: Kind, fields: Sequence[str]) -> str:
    return ", ".join(f"{n} {v[:24]}" for n, v in zip(FIELD_NAMES[kind], fields, strict=False))
