"""Offline checks: whether a value that has the right shape also holds together (checksum, encoding, armour).

A check answers `passed`, `doubtful` (reported with low confidence) or `failed` (dropped), and says why in words.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

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


@dataclass(frozen=True, slots=True)
class CheckResult:
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
    """Check that header and payload decode to JSON objects and the header names an algorithm (RFC 7519)."""
    head, body, signature = (*value.split("."), "", "")[:3]
    header, payload = _json_object(head), _json_object(body)
    if header is None or payload is None or "alg" not in header:
        return CheckResult(Outcome.FAILED, "does not decode to a JSON web token")
    if not signature:
        return CheckResult(Outcome.DOUBTFUL, "an unsigned token")
    return CheckResult(Outcome.PASSED, "decodes to a JSON web token")


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
    """Check that the text between the armour lines is base64, and look for encryption headers (RFC 7468, RFC 1421)."""
    text = value.replace("\\r", "").replace("\\n", "\n").replace('"', "")
    body = re.sub(r"-----[A-Z0-9 ]*-----?", "", text)
    lines = [line.strip(" \t\r'+,;\\>#*|") for line in body.splitlines()]
    packed = "".join(line for line in lines if line and ":" not in line)
    packed = re.sub(r"=[A-Za-z0-9+/]{4}$", "", packed)  # the CRC-24 line of OpenPGP armour, RFC 4880 6.1
    if len(packed) < 40 or not re.fullmatch(r"[A-Za-z0-9+/\s]+={0,2}", packed):  # noqa: PLR2004 - the shortest EC key has 64
        return CheckResult(Outcome.FAILED, "the armour holds no base64")
    if "ENCRYPTED" in value:
        return CheckResult(Outcome.PASSED, "an encrypted private key")
    return CheckResult(Outcome.PASSED, "a private key in the clear")


CHECKS: dict[str, Callable[[str], CheckResult]] = {
    "crc32-base62": crc32_base62,
    "jwt": jwt,
    "basic": basic,
    "pem": pem,
}
"""Checks by the name a matcher gives in `check`."""

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
