"""Source text as tokens, without comments and layout, and hashes of runs of them.

Two pieces are the same when their tokens are, whatever strings hold: what was copied and got another message is a copy.
"""

from __future__ import annotations

import re
from functools import cache
from hashlib import blake2b

LEAST = 100
"""Tokens of a duplicate at least."""
FEWEST_LINES = 10
"""Lines of a duplicate at least."""
_MODULUS = (1 << 61) - 1
_BASE = 1_000_003
_STRING = r"""(?P<string>[rRbBuUfF]{0,2}(?:"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'))"""
_WORD = r"(?P<token>\w+|[^\s\w])"
_LONG = {
    "python": r'(?P<long>[rRbBuUfF]{0,2}(?:"""(?:[^"\\]|\\.|"(?!""))*+"""|' + r"'''(?:[^'\\]|\\.|'(?!''))*+'''))|",
    "java": r'(?P<long>"""(?:[^"\\]|\\.|"(?!""))*+""")|',
}
_BACKTICK = r"(?P<long>`(?:[^`\\]|\\.)*+`)|"
_COMMENT = {"python": r"#[^\n]*"}
_SLASHES = r"//[^\n]*|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)"


@cache
def _tokens(language: str) -> re.Pattern[str]:
    comment = _COMMENT.get(language, _SLASHES)
    long = _LONG.get(language, _BACKTICK)
    return re.compile(f"(?P<comment>{comment})|{long}{_STRING}|{_WORD}", re.DOTALL)


@cache
def _number(token: str) -> int:
    return int.from_bytes(blake2b(token.encode("utf-8", "replace"), digest_size=7).digest())


def tokens_of(text: str, language: str) -> tuple[list[str], list[int]]:
    """Return the tokens of a text, strings as `""`, and the line of each, from 1."""
    tokens: list[str] = []
    lines: list[int] = []
    line, at = 1, 0
    for found in _tokens(language).finditer(text):
        line += text.count("\n", at, found.start())
        at = found.start()
        kind = found.lastgroup
        if kind == "token":
            tokens.append(found[0])
            lines.append(line)
        elif kind != "comment":
            tokens.append('""')
            lines.append(line)
    return tokens, lines


def hashes_of(tokens: list[str], lines: list[int]) -> tuple[list[int], list[int], list[int]]:
    """Return first lines, last lines and hashes of the runs of `LEAST` tokens that begin a line."""
    whole = [0]
    for token in tokens:
        whole.append((whole[-1] * _BASE + _number(token)) % _MODULUS)
    power = pow(_BASE, LEAST, _MODULUS)
    starts: list[int] = []
    ends: list[int] = []
    hashes: list[int] = []
    before = 0
    for i in range(len(tokens) - LEAST + 1):
        if lines[i] != before:
            before = lines[i]
            starts.append(before)
            ends.append(lines[i + LEAST - 1])
            hashes.append((whole[i + LEAST] - whole[i] * power) % _MODULUS)
    return starts, ends, hashes
