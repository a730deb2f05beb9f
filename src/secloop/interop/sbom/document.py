"""What the readers of SBOM documents share: careful access to JSON of any shape, and names of hashes."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from secloop.model.errors import UsageError

CYCLONEDX = ("1.4", "1.5", "1.6", "1.7")
"""The versions of CycloneDX that are written, the newest last."""

SPDX = "2.3"
"""The version of SPDX that is written."""

CONTEXT = "Generation context"
"""What the comment on an SPDX 2 document's creation starts with that names the phase."""

MAX_BYTES = 256 << 20
"""A larger document is refused."""

MAX_ITEMS = 500_000
"""Of a document with more items, so many are read, and the rest is a problem."""

_HEX = re.compile(r"[0-9a-fA-F]+")
_LENGTHS = {"md5": 32, "sha1": 40, "sha256": 64, "sha384": 96, "sha512": 128}
_ALIASES = {"sha": "sha1", "blake2b256": "blake2b-256", "blake2b384": "blake2b-384", "blake2b512": "blake2b-512"}


def load(data: bytes, source: str) -> dict[str, Any]:
    """Return the JSON object of a document. Raises: UsageError with the reason."""
    if len(data) > MAX_BYTES:
        raise UsageError(f"{source} is larger than {MAX_BYTES >> 20} MB", "Split the document")
    try:
        document = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise UsageError(f"{source} is not valid JSON: {error}", "Give a CycloneDX or SPDX document") from error
    if not isinstance(document, dict):
        raise UsageError(f"{source} is not a JSON object", "Give a CycloneDX or SPDX document")
    return document


def algorithm(name: str) -> str:
    """Return the plain name of a hash algorithm: `SHA-256` and `SHA256` are `sha256`, `SHA3-256` is `sha3-256`."""
    plain = name.lower().replace("_", "-")
    if not plain.startswith(("sha3", "blake")):
        plain = plain.replace("-", "")
    return _ALIASES.get(plain, plain)


def digest_of(value: str) -> tuple[str, str]:
    """Return (algorithm, lower-case hex) of `algorithm:hex`; both empty where it is no hash of a known length."""
    name, _, hexed = value.partition(":")
    length = _LENGTHS.get(name)
    good = _HEX.fullmatch(hexed) and (len(hexed) == length if length else name.startswith(("sha3-", "blake2b-")))
    return (name, hexed.lower()) if good else ("", "")


def is_uri(value: str) -> bool:
    """Return whether `value` is an absolute URI without characters that a URI must escape."""
    return re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]+", value) is not None
