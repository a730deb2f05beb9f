"""Made-up keys with the structure that readers of key files expect; random, so that no key is behind them."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, Protocol, TypeVar

from secloop.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

_PEM_LABEL = re.compile(r"[A-Z0-9][A-Z0-9 ]*")
_NKEY_TYPES = {
    "operator": 14 << 3,
    "account": 0,
    "user": 20 << 3,
    "server": 13 << 3,
    "cluster": 2 << 3,
    "curve": 23 << 3,
}
_NKEY_SEED = 18 << 3


class Random(Protocol):
    """A source of bytes, deterministic for a page's case."""

    def bytes(self, count: int) -> bytes:
        """Return `count` bytes."""
        ...


def pem(stream: Random, label: str) -> str:
    """Return armour (RFC 7468) around bytes that have the structure the label promises. Raises: UsageError."""
    if not _PEM_LABEL.fullmatch(label):
        raise UsageError(f"{{{{pem:{label}}}}} has a wrong label", "Write it in capitals, e.g. {{pem:RSA PRIVATE KEY}}")
    text = base64.b64encode(_KEYS.get(label, _sealed_key)(stream)).decode()
    lines = [text[i : i + 64] for i in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----"])


def nkey(stream: Random, kind: str) -> str:
    """Return a NATS NKEY seed: two prefix bytes, 32 bytes, their CRC-16, in base32 without padding.

    Source: nats-io/nkeys, README and strkey.go. Raises: UsageError for an unknown type.
    """
    number = _of(_NKEY_TYPES, "nkey", kind)
    body = bytes([_NKEY_SEED | number >> 5, (number & 31) << 3]) + stream.bytes(32)
    checksum = binascii.crc_hqx(body, 0).to_bytes(2, "little")
    return base64.b32encode(body + checksum).decode().rstrip("=")


def jwk(stream: Random, kind: str) -> str:
    """Return a JSON web key with its private members, on one line (RFC 7517, 7518). Raises: UsageError."""
    sizes = _of(_WEB_KEYS, "jwk", kind)
    head = {"kty": {"rsa": "RSA", "ec": "EC", "okp": "OKP", "oct": "oct"}[kind]}
    curve = {"ec": {"crv": "P-256"}, "okp": {"crv": "Ed25519"}, "rsa": {"e": "AQAB"}}.get(kind, {})
    members = {name: url64(stream.bytes(size)) for name, size in sizes.items()}
    return json.dumps(head | curve | members)


def keystore(stream: Random, kind: str) -> str:
    """Return a keystore's bytes in base64: its head, then random ones. Raises: UsageError for an unknown kind."""
    head, body = bytes.fromhex(_of(_KEYSTORES, "keystore", kind)), stream.bytes(300)
    if kind == "pkcs12":  # RFC 7292, 4: version 3, then the PKCS#7 content type `data`
        content = _der(0x30, _der(0x06, head), _der(0xA0, _der(0x04, body)))
        return base64.b64encode(_der(0x30, _der(0x02, b"\x03"), content)).decode()
    return base64.b64encode(head + body).decode()


def url64(data: bytes) -> str:
    """Return base64url without padding (RFC 7515)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _of(known: Mapping[str, T], generator: str, kind: str) -> T:
    if kind not in known:
        raise UsageError(f"{{{{{generator}:{kind}}}}} has a wrong argument", f"Write one of {', '.join(known)}")
    return known[kind]


def _der(tag: int, *content: bytes) -> bytes:
    """Return one DER element (X.690): tag, shortest length, content."""
    data = b"".join(content)
    size = len(data).to_bytes(4, "big").lstrip(b"\0") or b"\0"
    head = size if len(data) < 128 else bytes([0x80 | len(size)]) + size  # noqa: PLR2004 - X.690 8.1.3.4
    return bytes([tag]) + head + data


def _integer(stream: Random, count: int) -> bytes:
    return _der(0x02, b"\0" + bytes([0x80 | stream.bytes(1)[0]]) + stream.bytes(count - 1))


def _rsa_key(stream: Random) -> bytes:
    """RFC 8017 A.1.2: version, n, e, d, p, q and the three CRT values of a 2048-bit key."""
    exponent = _der(0x02, b"\x01\x00\x01")
    halves = [_integer(stream, 128) for _ in range(5)]
    return _der(0x30, _der(0x02, b"\0"), _integer(stream, 256), exponent, _integer(stream, 256), *halves)


def _ec_key(stream: Random) -> bytes:
    """RFC 5915: version, private key, the curve prime256v1."""
    curve = _der(0xA0, _der(0x06, bytes.fromhex("2a8648ce3d030107")))
    return _der(0x30, _der(0x02, b"\x01"), _der(0x04, stream.bytes(32)), curve)


def _openssh_key(stream: Random) -> bytes:
    """openssh/PROTOCOL.key: magic, cipher, KDF, options, one public and one private ed25519 block."""

    def field(data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + data

    public = field(b"ssh-ed25519") + field(stream.bytes(32))
    private = stream.bytes(4) * 2 + public + field(stream.bytes(64)) + field(b"") + bytes(range(1, 6))
    return b"openssh-key-v1\0" + field(b"none") * 2 + field(b"") + b"\0\0\0\x01" + field(public) + field(private)


def _sealed_key(stream: Random) -> bytes:
    """RFC 5958: version, the algorithm ed25519, the key in an octet string, padded as a longer key would be."""
    algorithm = _der(0x30, _der(0x06, bytes.fromhex("2b6570")))
    return _der(0x30, _der(0x02, b"\0"), algorithm, _der(0x04, _der(0x04, stream.bytes(160))))


def _encrypted_key(stream: Random) -> bytes:
    """RFC 5958, 3: the algorithm PBES2 (RFC 8018) and the sealed key in an octet string."""
    algorithm = _der(0x30, _der(0x06, bytes.fromhex("2a864886f70d01050d")), _der(0x04, stream.bytes(16)))
    return _der(0x30, algorithm, _der(0x04, stream.bytes(160)))


def _openpgp_key(stream: Random) -> bytes:
    """RFC 9580, 4.2 and 5.5.3: a secret-key packet of version 4."""
    return b"\x95" + (200).to_bytes(2, "big") + b"\x04" + stream.bytes(199)


_KEYSTORES = {
    "jks": "feedfeed000000020000000100000001",
    "jceks": "cececece000000020000000100000001",
    "truststore": "feedfeed000000020000000100000002",
    "pkcs12": "2a864886f70d010701",
}
"""How Java's start: magic, version, entries, the first one's tag (1 a key, 2 a certificate); PKCS#12's content type."""

_WEB_KEYS = {
    "rsa": {"n": 256, "d": 256, "p": 128, "q": 128},
    "ec": {"x": 32, "y": 32, "d": 32},
    "okp": {"x": 32, "d": 32},
    "oct": {"k": 32},
}
"""The members that hold bytes, and how many, by the generator's argument."""

_KEYS: dict[str, Callable[[Random], bytes]] = {
    "RSA PRIVATE KEY": _rsa_key,
    "EC PRIVATE KEY": _ec_key,
    "OPENSSH PRIVATE KEY": _openssh_key,
    "ENCRYPTED PRIVATE KEY": _encrypted_key,
    "PGP PRIVATE KEY BLOCK": _openpgp_key,
}
