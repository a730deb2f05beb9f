"""As much of HCL as Terraform's dependencies need: blocks, plain strings, lists and objects of them, with lines.

Expressions are passed over. Nothing is evaluated, and nothing here recurses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_DEPTH = 64
_MAX_TOKENS = 500_000
# An unclosed string takes the rest of its line, an unclosed comment the rest of the file: all is read once.
_TOKEN = lazy(
    r"(?P<space>[ \t\r]++)|(?P<comment>#[^\n]*+|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?)|(?P<end>\n)"
    r"|\"(?P<string>(?:[^\"\\\n]++|\\.)*+)\"?|<<-?(?P<heredoc>\w++)|(?P<word>[\w-]++)|(?P<sign>.)",
    re.DOTALL,
)


class Token(NamedTuple):
    """A token: `kind` is `end` (of a line), `string`, `word` or `sign`."""

    kind: str
    text: str
    line: int


@dataclass(slots=True)
class Body:
    """A block or an object: `kind` and `labels` of its head, its strings with their lines, its lists, what it holds."""

    kind: str
    labels: tuple[str, ...] = ()
    line: int = 1
    strings: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    inner: list[Body] = field(default_factory=list)

    def named(self, kind: str) -> Iterator[Body]:
        """Yield the inner blocks and objects of this kind."""
        return (one for one in self.inner if one.kind == kind)


def read_blocks(text: str) -> Body:
    """Return the file as a body. Raises: UnreadableError when a block is left open or too much is nested."""
    builder = _Builder()
    for token in _tokens(text):
        builder.take(token)
    return builder.done()


class _Builder:
    """The open blocks; `head` holds the words and strings of the line so far."""

    def __init__(self) -> None:
        self.stack = [Body("")]
        self.head: list[Token] = []
        self.holder = ""  # the name of the list that is open
        self.depth = 0  # of round and square brackets

    def take(self, token: Token) -> None:
        """Add one token. Raises: UnreadableError past the bounds."""
        if token.kind == "sign" and token.text in "[](){}":
            self._bracket(token)
        elif token.kind == "end" or (token.kind == "sign" and token.text == ","):
            if not self.depth:
                self._assign()
        elif not self.depth:
            self.head.append(token)
        elif self.holder and token.kind == "string":
            self.stack[-1].lists.setdefault(self.holder, []).append(token.text)

    def done(self) -> Body:
        """Return the root. Raises: UnreadableError for an open block."""
        self._assign()
        if len(self.stack) > 1:
            raise UnreadableError(f"the block {self.stack[-1].kind[:40]!r} never ends", self.stack[-1].line)
        return self.stack[0]

    def _bracket(self, token: Token) -> None:
        if token.text in "[(":
            self.depth += 1
            self.holder = self.head[0].text if self.depth == 1 and _assigns(self.head) else self.holder
        elif token.text in "])":
            self.depth = max(self.depth - 1, 0)
            self.holder = self.holder if self.depth else ""
        elif token.text == "{":
            if len(self.stack) > _MAX_DEPTH:
                raise UnreadableError("nested too deep", token.line)
            body = _opened(self.head, token)
            self.stack[-1].inner.append(body)
            self.stack.append(body)
            self.head = []
        else:
            self._assign()
            if len(self.stack) > 1:
                self.stack.pop()

    def _assign(self) -> None:
        """Add `name = "string"`; anything else is an expression."""
        match self.head:
            case [name, Token("sign", "=" | ":"), Token("string", text)]:
                self.stack[-1].strings.setdefault(name.text, text)
                self.stack[-1].lines.setdefault(name.text, name.line)
        self.head = []


def _tokens(text: str) -> Iterator[Token]:
    line, at, count = 1, 0, 0
    while at < len(text) and count < _MAX_TOKENS:
        found = _TOKEN.match(text, at)
        if found is None:  # the pattern takes any character
            break
        count += 1
        at, kind = found.end(), found.lastgroup or "string"
        if kind == "heredoc":
            end = re.compile(rf"^[ \t]*{found['heredoc']}[ \t\r]*$", re.MULTILINE).search(text, at)
            at = end.end() if end else len(text)
        elif kind not in {"space", "comment"}:
            yield Token(kind, found["string"] if kind == "string" else found[0], line)
        line += text.count("\n", found.start(), at)


def _assigns(head: list[Token]) -> bool:
    return [one.text for one in head[1:2]] in (["="], [":"])


def _opened(head: list[Token], token: Token) -> Body:
    """Return the body that a head opens: `kind "label" {` or `name = {`."""
    words = [one.text for one in head if one.kind != "sign"]
    line = head[0].line if head else token.line
    return Body(words[0] if words else "", tuple(words[1:]), line)
