"""JSON as Bun and Deno write it: with comments and with commas after the last element."""

from __future__ import annotations

import re

from secloop.model.regex import lazy

# An unclosed string or comment takes the rest, so that the text is read once whatever it holds.
_TOKENS = lazy(
    r"(?P<keep>\"(?:[^\"\\\n]++|\\.)*+\"?)|(?P<line>//[^\n]*+)|(?P<block>/\*(?:[^*]++|\*(?!/))*+(?:\*/)?)"
    r"|(?P<comma>,)(?=(?:\s++|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/)*+[}\]])",
    re.DOTALL,
)


def plain_json(text: str) -> str:
    """Return `text` without comments and without commas before a closing bracket; every line stays where it is."""
    return _TOKENS.sub(_blank, text)


def _blank(found: re.Match[str]) -> str:
    if found.lastgroup == "keep":
        return found[0]
    return "\n" * found[0].count("\n") or " "
