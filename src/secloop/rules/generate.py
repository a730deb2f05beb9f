"""Generators: how key-shaped text stands in pages and in the example shop without being there.

`{{base62:36}}` becomes 36 characters when a case is run. Nothing key-shaped is ever committed or packed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import string
import zlib
from difflib import get_close_matches
from typing import TYPE_CHECKING

from secloop.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_LENGTH = 4096
"""The most characters one generator may ask for."""

MAX_TOTAL = 1 << 20
"""The most characters an expanded text may have."""

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
"""The digits of GitHub's and npm's checksums, in their order."""

_SYMBOLS = "!-_.*+"  # no quote, no `#`, `@`, `:` or `/`, so that a word survives every file format and URL
_WORD_CLASSES = (string.ascii_lowercase, string.ascii_uppercase, string.digits, _SYMBOLS)
_ALPHABETS = {
    "base62": BASE62,
    "hex": "0123456789abcdef",
    "digits": string.digits,
    "upper": string.ascii_uppercase + string.digits,
    "lower": string.ascii_lowercase + string.digits,
    "alpha": string.ascii_letters,
    "base32": string.ascii_uppercase + "234567",
}
_TOKEN = re.compile(r"\{\{([a-z][a-z0-9]*)(?::([^{}\n]{1,64}))?\}\}")
_CRC32_ARGUMENT = re.compile(r"([A-Za-z0-9_.-]{0,24}),([0-9]{1,4})")
_PEM_LABEL = re.compile(r"[A-Z0-9][A-Z0-9 ]*")


def expand(text: str, seed: str = "secloop") -> str:
    """Return `text` with every `{{generator}}` replaced; equal (text, seed) give equal results.

    A value depends on the seed, the generator's text and its ordinal in `text`. Only `{{pem:...}}` adds lines; they
    are indented as the generator is when nothing but blanks stands before it. Other `{{...}}` (Jinja, Helm, GitHub
    expressions) stay as they are.

    Raises: UsageError for a misspelt generator, a wrong argument, or a result over `MAX_TOTAL` characters.
    """
    parts: list[str] = []
    at = size = ordinal = 0
    for token in _TOKEN.finditer(text):
        value = _value(token, seed, ordinal)
        if value is None:
            continue
        if "\n" in value:
            value = value.replace("\n", "\n" + _indent(text, token.start()))
        parts += (text[at : token.start()], value)
        size += len(value)
        if size > MAX_TOTAL:
            raise UsageError(f"the generators ask for more than {MAX_TOTAL} characters", "Use shorter ones")
        at, ordinal = token.end(), ordinal + 1
    parts.append(text[at:])
    return "".join(parts)


class _Stream:
    """A deterministic source of bytes (SHAKE-256 of a label); every call draws from a part of its own."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._calls = 0

    def bytes(self, count: int) -> bytes:
        """Return `count` bytes."""
        self._calls += 1
        return hashlib.shake_256(f"{self._calls}\0{self._label}".encode("utf-8", "surrogatepass")).digest(count)

    def text(self, alphabet: str, count: int) -> str:
        """Return `count` characters of `alphabet`."""
        raw = self.bytes(2 * count)
        return "".join(alphabet[(raw[i] << 8 | raw[i + 1]) % len(alphabet)] for i in range(0, 2 * count, 2))


def _value(token: re.Match[str], seed: str, ordinal: int) -> str | None:
    """Return what a generator stands for, or None where `{{...}}` is none of ours."""
    name, argument = token[1], token[2]
    stream = _Stream(f"{seed}\0{token[0]}\0{ordinal}")
    if argument is None:
        plain = _PLAIN.get(name)
        return plain(stream) if plain else None
    made = _WITH_ARGUMENT.get(name)
    if made:
        return made(stream, argument)
    if name in _ALPHABETS:
        return stream.text(_ALPHABETS[name], _length(argument))
    if argument.isdecimal():
        close = get_close_matches(name, [*_ALPHABETS, *_WITH_ARGUMENT], n=1) or ["base62"]
        raise UsageError(f"{token[0]} is no generator", f"Write e.g. {{{{{close[0]}:{argument}}}}}")
    return None


def _indent(text: str, at: int) -> str:
    before = text[text.rfind("\n", 0, at) + 1 : at]
    return before if before.isspace() else ""


def _length(argument: str, least: int = 1) -> int:
    if not argument.isascii() or not argument.isdecimal() or not least <= int(argument) <= MAX_LENGTH:
        raise UsageError(f"a generator's length is {argument!r}", f"Give a number from {least} to {MAX_LENGTH}")
    return int(argument)


def _base64(stream: _Stream, argument: str) -> str:
    count = _length(argument)
    if count % 4 == 1:
        raise UsageError(f"no base64 text has {count} characters", "Give a length that is not 1 above a multiple of 4")
    return base64.b64encode(stream.bytes(count * 3 // 4)).decode().rstrip("=")


def _base64url(stream: _Stream, argument: str) -> str:
    count = _length(argument)
    if count % 4 == 1:  # used as an alphabet: no bytes encode to this length
        return stream.text(string.ascii_letters + string.digits + "-_", count)
    return _url64(stream.bytes(count * 3 // 4))


def _url64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _word(stream: _Stream, argument: str) -> str:
    """Return a letter first, then a mix that holds every class of characters."""
    count = _length(argument, least=len(_WORD_CLASSES))
    chars = list(stream.text("".join(_WORD_CLASSES), count))
    places = sorted(range(1, count), key=lambda _: stream.bytes(4))[: len(_WORD_CLASSES) - 1]
    for place, alphabet in zip(places, _WORD_CLASSES[1:], strict=True):
        chars[place] = stream.text(alphabet, 1)
    chars[0] = stream.text(_WORD_CLASSES[0], 1)
    return "".join(chars)


def _basic(stream: _Stream, user: str) -> str:
    """Return user and password as the Basic scheme sends them (RFC 7617)."""
    return base64.b64encode(f"{user}:{_word(stream, '14')}".encode()).decode()


def _crc32(stream: _Stream, argument: str) -> str:
    """Return prefix, body and the body's CRC-32 in six base62 digits, as GitHub and npm build their tokens.

    Source: github.blog/2021-04-05-behind-githubs-new-authentication-token-formats.
    """
    found = _CRC32_ARGUMENT.fullmatch(argument)
    if not found:
        raise UsageError(f"{{{{crc32:{argument}}}}} has a wrong argument", "Write {{crc32:prefix_,30}}")
    body = stream.text(BASE62, _length(found[2]))
    return found[1] + body + crc32_base62(body)


def crc32_base62(body: str) -> str:
    """Return the CRC-32 of an ASCII text as six base62 digits, zeros in front."""
    rest, digits = zlib.crc32(body.encode("ascii")), ""
    while rest:
        rest, digit = divmod(rest, 62)
        digits = BASE62[digit] + digits
    return digits.rjust(6, "0")


def _uuid(stream: _Stream) -> str:
    import uuid

    return str(uuid.UUID(bytes=stream.bytes(16), version=4))


def _jwt(stream: _Stream) -> str:
    """Return a signed token (RFC 7519, HS256) with a subject and a time of issue."""
    subject, issued = stream.text(string.digits, 10), 1_700_000_000 + int.from_bytes(stream.bytes(3), "big")
    head = _url64(b'{"alg":"HS256","typ":"JWT"}')
    claims = f'{{"sub":"{subject}","iat":{issued}}}'
    body = f"{head}.{_url64(claims.encode())}"
    return f"{body}.{_url64(hmac.digest(stream.bytes(32), body.encode(), 'sha256'))}"


def _pem(stream: _Stream, label: str) -> str:
    """Return armour (RFC 7468) around bytes that have the structure the label promises."""
    if not _PEM_LABEL.fullmatch(label):
        raise UsageError(f"{{{{pem:{label}}}}} has a wrong label", "Write it in capitals, e.g. {{pem:RSA PRIVATE KEY}}")
    text = base64.b64encode(_KEYS.get(label, _sealed_key)(stream)).decode()
    lines = [text[i : i + 64] for i in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----"])


def _der(tag: int, *content: bytes) -> bytes:
    """Return one DER element (X.690): tag, shortest length, content."""
    data = b"".join(content)
    size = len(data).to_bytes(4, "big").lstrip(b"\0") or b"\0"
    head = size if len(data) < 128 else bytes([0x80 | len(size)]) + size  # noqa: PLR2004 - X.690 8.1.3.4
    return bytes([tag]) + head + data


def _integer(stream: _Stream, count: int) -> bytes:
    return _der(0x02, b"\0" + bytes([0x80 | stream.bytes(1)[0]]) + stream.bytes(count - 1))


def _rsa_key(stream: _Stream) -> bytes:
    """RFC 8017 A.1.2: version, n, e, d, p, q and the three CRT values of a 2048-bit key (random, so no key)."""
    exponent = _der(0x02, b"\x01\x00\x01")
    halves = [_integer(stream, 128) for _ in range(5)]
    return _der(0x30, _der(0x02, b"\0"), _integer(stream, 256), exponent, _integer(stream, 256), *halves)


def _ec_key(stream: _Stream) -> bytes:
    """RFC 5915: version, private key, the curve prime256v1."""
    curve = _der(0xA0, _der(0x06, bytes.fromhex("2a8648ce3d030107")))
    return _der(0x30, _der(0x02, b"\x01"), _der(0x04, stream.bytes(32)), curve)


def _openssh_key(stream: _Stream) -> bytes:
    """openssh/PROTOCOL.key: magic, cipher, KDF, options, one public and one private ed25519 block."""

    def field(data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + data

    public = field(b"ssh-ed25519") + field(stream.bytes(32))
    private = stream.bytes(4) * 2 + public + field(stream.bytes(64)) + field(b"") + bytes(range(1, 6))
    return b"openssh-key-v1\0" + field(b"none") * 2 + field(b"") + b"\0\0\0\x01" + field(public) + field(private)


def _sealed_key(stream: _Stream) -> bytes:
    """RFC 5958: version, the algorithm ed25519, the key in an octet string, padded as a longer key would be."""
    algorithm = _der(0x30, _der(0x06, bytes.fromhex("2b6570")))
    return _der(0x30, _der(0x02, b"\0"), algorithm, _der(0x04, _der(0x04, stream.bytes(160))))


_PLAIN: dict[str, Callable[[_Stream], str]] = {"uuid": _uuid, "jwt": _jwt}
_WITH_ARGUMENT: dict[str, Callable[[_Stream, str], str]] = {
    "base64": _base64,
    "base64url": _base64url,
    "basic": _basic,
    "word": _word,
    "crc32": _crc32,
    "pem": _pem,
}
_KEYS: dict[str, Callable[[_Stream], bytes]] = {
    "RSA PRIVATE KEY": _rsa_key,
    "EC PRIVATE KEY": _ec_key,
    "OPENSSH PRIVATE KEY": _openssh_key,
}
