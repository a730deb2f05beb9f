r"""Encoded runs in text, and what they decode to.

A run counts only where it decodes to text. That makes finding them cheap: in base64 of printable ASCII the first three
characters of every four are one of about 30, so that one RE2 pass skips names, hashes, images and signatures alike.
Which encodings there are, and that runs of 16 base64 and 32 hex characters count: detect/codec of Gitleaks 8.30.
"""

from __future__ import annotations

import binascii
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from secloop.model.base import Record
from secloop.model.regex import lazy
from secloop.scan.together import Joined
from secloop.stages.code.secrets.compiled import pattern

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator, Sequence


def _spellings(byte: int) -> set[str]:
    """Return a byte in hex digits of either case, mixed too."""
    high, low = f"{byte >> 4:x}", f"{byte & 15:x}"
    return {a + b for a in (high, high.upper()) for b in (low, low.upper())}


MAX_RUN = 16 << 10
"""Bytes of one percent or escape run that are decoded; it is cut there."""

_BASE64 = r"(?:[ICDJ-Za-f][AQgwC-HS-Xi-nyz0-3][ABEFIJMNQRUVYZcdghklopstwx014589][A-Za-z0-9+/_-]){4,}"
"""Four or more groups of base64 of which each decodes to bytes 0x20-0x7E, tab or line end (RFC 4648, section 4)."""
_HEX = r"(?:[2-7][0-9A-Fa-f]|0[9AaDd]){16,}"
_PERCENT = r"%[2-7][0-9A-Fa-f][^\s\"'<>\x60]*"
_UNICODE = r"(?:\\{1,2}u00[2-7][0-9A-Fa-f]){4,}"
_TOKEN_REST = lazy(rb"[A-Za-z0-9+/_-]*={0,2}")
_HEX_REST = lazy(rb"[0-9A-Za-z]*")
_TO_BLANK = bytes.maketrans(b"\t\r\n\"'<>`", b" " * 8)
_PERCENT_BYTE = lazy(rb"%([0-9A-Fa-f]{2})")
_HEX_BYTES = {digits.encode(): bytes([n]) for n in range(256) for digits in _spellings(n)}
_UNICODE_BYTE = lazy(rb"\\{1,2}u00([0-9A-Fa-f]{2})")
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_UNPRINTABLE = lazy(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_WORD = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
_BEFORE = 200


class Segment(Record, frozen=True):
    """An encoded run [start, end) of a text and what it says.

    `cuts` returns the offsets in the text at which each byte of `decoded` starts, and the end; without it every
    `decoded_unit` bytes stand for `encoded_unit` of the run.
    """

    kind: str
    start: int
    end: int
    decoded: bytes
    decoded_unit: int = 1
    encoded_unit: int = 1
    cuts: Callable[[], Sequence[int]] | None = None

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Return the part of the run that decodes to [start, end) of `decoded`; whole units of the encoding."""
        if self.cuts:
            cuts = self.cuts()
            return cuts[start], cuts[end]
        first = self.start + start // self.decoded_unit * self.encoded_unit
        last = self.start + -(-end // self.decoded_unit) * self.encoded_unit
        return first, min(last, self.end)


def segments(text: bytes) -> Iterator[Segment | None]:
    """Yield the encoded runs of a text, in order and disjoint; None for one that does not decode to text.

    Takes linear time; None lets the caller bound the number of tries.
    """
    done = 0
    for match in _pattern().finditer(text):
        start, end = match.span()
        if start < done:
            continue
        found, done = _DECODERS.get(text[start], _base64)(text, start, end, done)
        yield found


def encoded(texts: Sequence[bytes]) -> set[int]:
    """Return the numbers of the texts that may hold an encoded run, in one pass over all of them."""
    joined, regex = Joined(texts), _pattern()

    def first_match(at: int) -> int:
        match = regex.search(joined.data, at)
        return match.start() if match else -1

    return set(joined.those(first_match))


def _base64(text: bytes, start: int, end: int, _floor: int) -> tuple[Segment | None, int]:
    """Decode a run to the end of its token, or else as far as it is printable ASCII."""
    rest = _TOKEN_REST.match(text, end)
    token_end = rest.end() if rest else end
    if start and text[start - 1] in _WORD:
        return None, token_end
    for stop in (token_end, end):
        raw = text[start:stop].rstrip(b"=").translate(_TO_STANDARD)
        raw = raw[: len(raw) - 1] if len(raw) % 4 == 1 else raw
        decoded = binascii.a2b_base64(raw + b"=" * (-len(raw) % 4))
        if _is_text(decoded):
            return Segment("base64", start, stop, decoded, 3, 4), token_end
    return None, token_end


def _hex(text: bytes, start: int, end: int, _floor: int) -> tuple[Segment | None, int]:
    """Decode a run that is a whole word."""
    rest = _HEX_REST.match(text, end)
    word_end = rest.end() if rest else end
    if word_end != end or (start and text[start - 1] in _WORD):
        return None, word_end
    return Segment("hex", start, end, binascii.a2b_hex(text[start:end]), 1, 2), end


def _percent(text: bytes, start: int, end: int, floor: int) -> tuple[Segment | None, int]:
    """Decode a run between blanks and quotes, with what stands before its first escape."""
    first = max(floor, start - _BEFORE)
    start = first + text[first:start].translate(_TO_BLANK).rfind(b" ") + 1
    end, behind = min(end, start + MAX_RUN), end
    unescaped, *rest = text[start:end].split(b"%")
    out = [unescaped]
    for part in rest:
        byte = _HEX_BYTES.get(part[:2])
        out += (b"%", part) if byte is None else (byte, part[2:])
    return _escaped("percent", b"".join(out), _PERCENT_BYTE, text, start, end), behind


def _unicode(text: bytes, start: int, end: int, _floor: int) -> tuple[Segment | None, int]:
    end, behind = min(end, start + MAX_RUN), end
    decoded = _UNICODE_BYTE.sub(lambda match: _HEX_BYTES[match[1]], text[start:end])
    return _escaped("unicode", decoded, _UNICODE_BYTE, text, start, end), behind


def _escaped(kind: str, decoded: bytes, escape: re.Pattern[bytes], text: bytes, start: int, end: int) -> Segment | None:
    if not _is_text(decoded):
        return None
    return Segment(kind, start, end, decoded, cuts=partial(_cuts, escape, text, start, end))


def _cuts(escape: re.Pattern[bytes], text: bytes, start: int, end: int) -> list[int]:
    """Return the offsets at which the bytes of a decoded run start; asked only where something was found in it."""
    cuts: list[int] = []
    at = start
    for match in escape.finditer(text, start, end):
        cuts += range(at, match.start() + 1)
        at = match.end()
    cuts += range(at, end + 1)
    return cuts


def _is_text(decoded: bytes) -> bool:
    if _UNPRINTABLE.search(decoded):
        return False
    if decoded.isascii():
        return True
    try:
        decoded.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


_DECODERS = {ord("%"): _percent, ord("\\"): _unicode, **dict.fromkeys(b"0234567", _hex)}
"""By the first byte of a run; no run of base64 starts with one of these, since no printable byte starts so."""


@cache
def _pattern() -> Any:
    return pattern("|".join(f"({one})" for one in (_BASE64, _HEX, _PERCENT, _UNICODE)))
