"""The forms in which keys are written: what a PEM block, an NKEY seed or a JSON web key says of itself.

Pure readers: they answer None for what is no such thing, and never hold on to the text.
"""

from __future__ import annotations

import base64
import binascii
import re

from secloop.model.base import Record
from secloop.model.regex import lazy

_ARMOUR = lazy(r"-----[A-Z0-9 ]*-----?")
_LABEL = lazy(r"-----BEGIN ([A-Z0-9 ]+)-----")
_BASE64 = lazy(r"[A-Za-z0-9+/]+={0,2}")
_OPENPGP_CRC = lazy(r"=[A-Za-z0-9+/]{4}$")
_FRAME = lazy(r"^[\s'>#*|]*(?:\+\s+)?|(?:\s+\+)?[\s',;\\)]*$")
_SHORTEST = 40
_OPENSSH = b"openssh-key-v1\0"
_SLACK = 3

_NKEY_TYPES = {
    14 << 3: "operator",
    0: "account",
    20 << 3: "user",
    13 << 3: "server",
    2 << 3: "cluster",
    23 << 3: "curve",
}
_NKEY_SEED = 18 << 3
_NKEY_BYTES = 36

_MEMBER = lazy(r"(?<![\w-])(kty|crv|alg|d|k|priv)\\*[\"']?\s*(?::|=>?)\s*\\*[\"']([\w.+/=-]*)")
_PRIVATE = {"RSA": "d", "EC": "d", "OKP": "d", "oct": "k", "AKP": "priv"}
_CURVE_BYTES = {
    "P-256": 32,
    "secp256k1": 32,
    "P-384": 48,
    "P-521": 66,
    "Ed25519": 32,
    "X25519": 32,
    "Ed448": 57,
    "X448": 56,
}
_RSA_BYTES = 64
_KEYSTORE = lazy(
    rb"(?:\xfe\xed\xfe\xed|\xce\xce\xce\xce)\0\0\0[\1\2]"
    rb"|\x30\x82..\x02\x01\x03\x30\x82..\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01",
    re.DOTALL,
)
_KEYSTORE_STARTS = (b"\xfe", b"\xce", b"\x30")


class PemKey(Record, frozen=True):
    """A private key in PEM armour. `whole` says whether its content has the structure that its label promises."""

    label: str
    encrypted: bool
    whole: bool


class WebKey(Record, frozen=True):
    """A JSON web key with a private member; `fits` says whether the member's length suits the type and curve."""

    type: str
    member: str
    fits: bool


def read_pem(text: str) -> PemKey | None:
    r"""Return what stands between armour lines, also inside a string with `\n` or quotes; None if it is no base64.

    Encrypted are PKCS#8's `ENCRYPTED PRIVATE KEY` (RFC 5958), `Proc-Type: 4,ENCRYPTED` (RFC 1421) and OpenSSH keys with
    a cipher other than `none` (openssh/PROTOCOL.key).
    """
    found = _LABEL.search(text)
    label = found[1] if found else ""
    text = text.replace("\\r", "").replace("\\n", "\n").replace('"', "")
    framed = (_FRAME.sub("", line) for line in _ARMOUR.sub("", text).splitlines())
    lines = [line for line in framed if line.strip("+")]  # a lone `+` joins strings
    if all(line.startswith("+") for line in lines):  # an added block of a patch
        lines = [line[1:] for line in lines]
    headers = [line for line in lines if ":" in line]
    packed = _OPENPGP_CRC.sub("", "".join(line for line in lines if ":" not in line))
    if len(packed) < _SHORTEST or not _BASE64.fullmatch(packed):
        return None
    data = base64.b64decode(packed.rstrip("=")[: len(packed.rstrip("=")) // 4 * 4])
    if label.startswith("ENCRYPTED ") or any("ENCRYPTED" in line for line in headers):
        return PemKey(label, encrypted=True, whole=any(headers) or _is_der(data))
    if data.startswith(_OPENSSH):
        return PemKey(label, encrypted=not data.startswith(b"\0\0\0\4none", len(_OPENSSH)), whole=True)
    return PemKey(label, encrypted=False, whole=_is_openpgp(data) if label.startswith("PGP ") else _is_der(data))


def read_nkey(value: str) -> str:
    """Return the type of a NATS NKEY seed (`user`, `account` ...), '' for text that is none.

    A seed is base32 of two prefix bytes, 32 bytes and their CRC-16. Source: nats-io/nkeys, README and crc16.go.
    """
    try:
        raw = base64.b32decode(value + "=" * (-len(value) % 8))
    except (binascii.Error, ValueError):
        return ""
    if len(raw) != _NKEY_BYTES or raw[0] & 0xF8 != _NKEY_SEED:
        return ""
    if binascii.crc_hqx(raw[:-2], 0) != int.from_bytes(raw[-2:], "little"):
        return ""
    return _NKEY_TYPES.get((raw[0] & 7) << 5 | raw[1] >> 3, "")


def read_jwk(text: str) -> WebKey | None:
    r"""Return the JSON web key in `text` (JSON, also with `\"`, or a program's literal), None without a private member.

    Private members are `d` (RSA, EC, OKP), `k` (oct) and `priv` (AKP). Source: RFC 7517, 7518 section 6, RFC 8037.
    """
    members = dict(_MEMBER.findall(text))
    name = _PRIVATE.get(members.get("kty", ""), "")
    size = _decoded_size(members.get(name, ""))
    if not size:
        return None
    kind = members["kty"]
    expected = _CURVE_BYTES.get(members.get("crv", ""), 0)
    fits = size >= _RSA_BYTES if kind == "RSA" else not expected or abs(size - expected) <= 1
    return WebKey(type=kind, member=name, fits=fits)


def is_keystore(head: bytes) -> bool:
    """Return whether a file starts as a keystore: JKS or JCEKS by their magic, PKCS#12 by its version and content type.

    Source: OpenJDK's JavaKeyStore.java and JceKeyStore.java; RFC 7292, 4.
    """
    return head[:1] in _KEYSTORE_STARTS and _KEYSTORE.match(head) is not None


def _decoded_size(value: str) -> int:
    """Return the number of bytes that base64url text stands for, 0 for other text."""
    bare = value.rstrip("=")
    if not re.fullmatch(r"[\w-]+", bare, re.ASCII) or len(bare) % 4 == 1:
        return 0
    return len(bare) * 3 // 4


def _is_der(data: bytes) -> bool:
    """Return whether `data` is one DER sequence (X.690) as long as it says; the tail may have been cut by padding."""
    if data[:1] != b"\x30" or len(data) < 4:  # noqa: PLR2004 - tag and a length of up to three bytes
        return False
    size, head = data[1], 2
    if size & 0x80:
        count = size & 0x7F
        size, head = int.from_bytes(data[2 : 2 + count], "big"), 2 + count
    return abs(head + size - len(data)) <= _SLACK


def _is_openpgp(data: bytes) -> bool:
    """Return whether `data` starts with a secret-key packet, tag 5 in either format (RFC 9580, 4.2)."""
    return data[0] & 0xFC == 0x94 or data[0] == 0xC5  # noqa: PLR2004 - the two headers of tag 5
