"""Offline checks: whether a value that has the right shape also holds together (checksum, encoding, armour).

A check answers `passed`, `doubtful` (reported with low confidence) or `failed` (dropped), and says why in words.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from secloop.model.base import Record
from secloop.stages.code.secrets.keyforms import PemKey, read_jwk, read_nkey, read_pem

if TYPE_CHECKING:
    from collections.abc import Callable

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECKSUM = 6
_DOCUMENTED_PAIRS = frozenset(
    {"aladdin:open sesame", "aladdin:opensesame", "username:password", "user:password", "username:pass"}
)
_TUTORIAL_PAIRS = frozenset(
    {"user:pass", "user:passwd", "foo:bar", "test:test", "admin:admin", "admin:password", "test:pass"}
)
"""Pairs of RFC 7617, of tutorials and of libraries' own documentation, in lower case."""


class Outcome(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    DOUBTFUL = "doubtful"
    FAILED = "failed"


class CheckResult(Record, frozen=True):
    """The outcome and its reason; the reason never holds a part of the value."""

    outcome: Outcome
    note: str


def crc32_base62(value: str) -> CheckResult:
    """Check the last six characters: the CRC-32 of the part after the prefix, in base 62.

    A mismatch is doubtful and not failed: a token that someone altered before publishing still shows where one stood.
    Source: GitHub's blog, "Behind GitHub's new authentication token formats" (2021).
    """
    body = value.rpartition("_")[2]
    number, digits = zlib.crc32(body[:-_CHECKSUM].encode()), ""
    while number:
        number, rest = divmod(number, 62)
        digits = _BASE62[rest] + digits
    if digits.rjust(_CHECKSUM, "0") == body[-_CHECKSUM:]:
        return CheckResult(Outcome.PASSED, "CRC-32 checksum fits")
    return CheckResult(Outcome.DOUBTFUL, "CRC-32 checksum does not fit")


def jwt(value: str) -> CheckResult:
    """Check that header and payload decode to JSON objects and the header names an algorithm (RFC 7519).

    The note says until when the token holds; whether that is past depends on the day, and a check does not.
    """
    head, body, signature = (*value.split("."), "", "")[:3]
    header, payload = _json_object(head), _json_object(body)
    if header is None or payload is None or "alg" not in header:
        return CheckResult(Outcome.FAILED, "does not decode to a JSON web token")
    if not signature or str(header["alg"]).lower() == "none":
        return CheckResult(Outcome.DOUBTFUL, "an unsigned token")
    return CheckResult(Outcome.PASSED, f"decodes to a JSON web token {_lifetime(payload)}")


def basic(value: str) -> CheckResult:
    """Check that a value is base64 of `user:password` with a password (RFC 7617)."""
    text = _decode(value)
    user, colon, password = text.partition(":")
    if text.lower() in _DOCUMENTED_PAIRS:
        return CheckResult(Outcome.FAILED, "decodes to a pair from documentation")
    if not colon or not password or not text.isprintable():
        return CheckResult(Outcome.FAILED, "does not decode to user and password")
    if text.lower() in _TUTORIAL_PAIRS:
        return CheckResult(Outcome.DOUBTFUL, "decodes to a pair that tutorials use")
    if not user:
        return CheckResult(Outcome.DOUBTFUL, "decodes to a password without a user")
    return CheckResult(Outcome.PASSED, "decodes to user and password")


def pem(value: str) -> CheckResult:
    """Check that the text between the armour lines is base64 of what the label promises (RFC 7468)."""
    key = read_pem(value)
    return _no_key() if key is None else _pem_result(key)


def pem_clear(value: str) -> CheckResult:
    """As `pem`, for a key that is not encrypted."""
    key = read_pem(value)
    return _no_key() if key is None or key.encrypted else _pem_result(key)


def pem_encrypted(value: str) -> CheckResult:
    """As `pem`, for a key that is itself encrypted."""
    key = read_pem(value)
    return _pem_result(key) if key and key.encrypted else _no_key()


def nkey(value: str) -> CheckResult:
    """Check that a value is a NATS NKEY seed: base32 with its CRC-16."""
    kind = read_nkey(value)
    if not kind:
        return CheckResult(Outcome.FAILED, "is no NKEY seed: its CRC-16 does not fit")
    return CheckResult(Outcome.PASSED, f"a seed of type {kind}, its CRC-16 fits")


def jwk(match: str) -> CheckResult:
    """Check that the whole match is a JSON web key with a private member of a fitting length (RFC 7517)."""
    key = read_jwk(match)
    if key is None:
        return CheckResult(Outcome.FAILED, "holds no private member of a JSON web key")
    note = f"the member {key.member} of an {key.type} key"
    return (
        CheckResult(Outcome.PASSED, note) if key.fits else CheckResult(Outcome.DOUBTFUL, f"{note}, of a wrong length")
    )


CHECKS: dict[str, Callable[[str], CheckResult]] = {
    "crc32-base62": crc32_base62,
    "jwt": jwt,
    "basic": basic,
    "pem": pem,
    "pem-clear": pem_clear,
    "pem-encrypted": pem_encrypted,
    "nkey": nkey,
    "jwk": jwk,
}
"""Checks by the name a matcher gives in `check`."""

MATCH_CHECKS = frozenset({"jwk"})
"""Checks that look at the whole match and not only at the secret in it."""

GENERIC_CHECKS: dict[str, str] = {
    "password": "a password: may be short and weak, is no ordinary word of code",
    "token": "a random-looking token or key",
}
"""Checks that judge a value by its name and strength; they make a matcher generic. See filters."""


def _decode(value: str) -> str:
    try:
        return base64.b64decode(value.replace("-", "+").replace("_", "/") + "=" * (-len(value) % 4)).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


def _json_object(part: str) -> dict[str, object] | None:
    try:
        value = json.loads(_decode(part) or "null")
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _lifetime(payload: dict[str, object]) -> str:
    """Return until when a token holds, by its claim `exp` in seconds since 1970 (RFC 7519, 4.1.4)."""
    end = payload.get("exp")
    if not isinstance(end, int | float):
        return "that never expires"
    try:
        return f"that holds until {datetime.fromtimestamp(end, UTC):%Y-%m-%d}"
    except (ValueError, OverflowError, OSError):
        return "with an expiry out of range"


def _pem_result(key: PemKey) -> CheckResult:
    note = "an encrypted private key" if key.encrypted else "a private key in the clear"
    if key.whole:
        return CheckResult(Outcome.PASSED, note)
    return CheckResult(Outcome.DOUBTFUL, f"{note} whose structure is broken")


def _no_key() -> CheckResult:
    return CheckResult(Outcome.FAILED, "the armour holds no such key")
