"""Generators: how key-shaped text stands in pages and in the example shop without being there.

`{{base62:36}}` becomes 36 characters when a case is run. Nothing key-shaped is ever committed or packed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import string
import zlib
from difflib import get_close_matches
from typing import TYPE_CHECKING

from secloop.model.errors import UsageError
from secloop.model.regex import lazy
from secloop.rules import keymaterial

if TYPE_CHECKING:
    import re
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
_TOKEN = lazy(r"\{\{([a-z][a-z0-9]*)(?::([^{}\n]{1,64}))?\}\}")
_CRC32_ARGUMENT = lazy(r"([A-Za-z0-9_.-]{0,24}),([0-9]{1,4})")


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


def described(text: str) -> str:
    """Return `text` with every `{{generator}}` replaced by what it makes, in words and in `<>`; its lines stay.

    Raises: UsageError as `expand`.
    """
    return _TOKEN.sub(lambda token: token[0] if _value(token, "", 0) is None else _words(token), text)


def _words(token: re.Match[str]) -> str:
    name, argument = token[1], token[2] or ""
    if name == "crc32":
        prefix, _, count = argument.partition(",")
        return f"{prefix}<{count} letters and digits with their checksum>"
    return f"<{_WORDS[name].format(argument)}>"


_WORDS = {
    "base62": "{} letters and digits",
    "hex": "{} hex digits",
    "digits": "{} digits",
    "upper": "{} capitals and digits",
    "lower": "{} small letters and digits",
    "alpha": "{} letters",
    "base32": "{} characters of base32",
    "base64": "{} characters of base64",
    "base64url": "{} characters of base64url",
    "basic": "base64 of {}:password",
    "word": "a password of {} characters",
    "pem": "a PEM block, {}",
    "nkey": "an NKEY, {}",
    "jwk": "a JSON web key, {}",
    "keystore": "a keystore, {}",
    "uuid": "a UUID",
    "jwt": "a signed JSON web token",
}
"""What each generator makes, for a reader."""


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
    return keymaterial.url64(stream.bytes(count * 3 // 4))


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
    head = keymaterial.url64(b'{"alg":"HS256","typ":"JWT"}')
    claims = f'{{"sub":"{subject}","iat":{issued}}}'
    body = f"{head}.{keymaterial.url64(claims.encode())}"
    return f"{body}.{keymaterial.url64(hmac.digest(stream.bytes(32), body.encode(), 'sha256'))}"


_PLAIN: dict[str, Callable[[_Stream], str]] = {"uuid": _uuid, "jwt": _jwt}
_WITH_ARGUMENT: dict[str, Callable[[_Stream, str], str]] = {
    "base64": _base64,
    "base64url": _base64url,
    "basic": _basic,
    "word": _word,
    "crc32": _crc32,
    "pem": keymaterial.pem,
    "nkey": keymaterial.nkey,
    "jwk": keymaterial.jwk,
    "keystore": keymaterial.keystore,
}
