"""Rego as OPA reads it, rewritten where the embedded engine reads it otherwise. Pure: source in, source out.

1. `(` at the start of a line begins a new expression, not the arguments of a call.
2. A rule with several bodies, `p[x] { a } { b }`, is written as several rules.
3. `sprintf` with too few arguments prints `%!v(MISSING)`.
4. `not f(a.b)` has no answer where `a.b` has none: the argument is named in an expression of its own before.
"""

from __future__ import annotations

from typing import NamedTuple

from secloop.model.regex import lazy

_TOKEN = lazy(
    r"#[^\n]*|[ \t\r\n]+"
    r"|(?P<text>\"(?:[^\"\\\n]|\\.)*+\"|`[^`]*`)|(?P<name>[A-Za-z_]\w*+)|(?P<number>\d[\w.]*+)"
    r"|(?P<sign>:=|[=!<>]=|(?s:.))"
)
_OPEN, _CLOSE = "([{", ")]}"
_REFERENCE = lazy(r"[A-Za-z_]\w*(?:\.\w+|\[(?:\"[^\"\\\n]*\"|[A-Za-z]\w*)\])+")
_VERB = lazy(r"%(?:%|[-+# 0]*\d*(?:\.\d+)?[a-zA-Z])")


class _Token(NamedTuple):
    text: str
    kind: str
    start: int
    end: int


class _Edit(NamedTuple):
    """Text to put in place of what stands from `start` to `end`."""

    start: int
    end: int
    text: str


def fixed(source: str) -> str:
    """Return `source` so that the engine reads it as OPA does; source that needs nothing is returned as it is."""
    tokens = _tokens(source)
    edits = [*_parted(source, tokens), *_padded(tokens), *_named(source, tokens), *_chained(source, tokens)]
    for edit in sorted(edits, reverse=True):
        source = source[: edit.start] + edit.text + source[edit.end :]
    return source


def _tokens(source: str) -> list[_Token]:
    matches = _TOKEN.finditer(source)
    return [_Token(match[0], match.lastgroup, match.start(), match.end()) for match in matches if match.lastgroup]


def _parted(source: str, tokens: list[_Token]) -> list[_Edit]:
    """End the expression before a line that starts with a parenthesis, within a body."""
    edits: list[_Edit] = []
    opened: list[str] = []
    for before, token in zip([None, *tokens], tokens, strict=False):
        if (
            before
            and token.text == "("
            and opened[-1:] == ["{"]
            and (before.kind != "sign" or before.text in {")", "]", "}"})
            and "\n" in source[before.end : token.start]
        ):
            edits.append(_Edit(before.end, before.end, ";"))
        if token.kind == "sign" and token.text in _OPEN:
            opened.append(token.text)
        elif token.kind == "sign" and token.text in _CLOSE and opened:
            opened.pop()
    return edits


def _padded(tokens: list[_Token]) -> list[_Edit]:
    """Write the verbs of a format that have no argument as OPA prints them."""
    edits = []
    for at in range(len(tokens) - 4):
        head = [tokens[at].text, tokens[at + 1].text, tokens[at + 3].text, tokens[at + 4].text]
        if head != ["sprintf", "(", ",", "["] or tokens[at + 2].kind != "text":
            continue
        count = len(_parts(tokens, at + 4)[0])
        literal = tokens[at + 2]
        new = _with_missing(literal.text, count)
        if new != literal.text:
            edits.append(_Edit(literal.start, literal.end, new))
    return edits


def _with_missing(literal: str, arguments: int) -> str:
    seen, out, at = 0, [], 0
    for match in _VERB.finditer(literal):
        if match[0] == "%%":
            continue
        seen += 1
        if seen > arguments:
            out += [literal[at : match.start()], f"%%!{match[0][-1]}(MISSING)"]
            at = match.end()
    return "".join(out) + literal[at:]


def _named(source: str, tokens: list[_Token]) -> list[_Edit]:
    """Give each reference among the arguments of a negated call a name before the negation."""
    edits = []
    for at, token in enumerate(tokens):
        if token.text != "not" or token.kind != "name":
            continue
        opener = _call_after(tokens, at)
        if opener is None:
            continue
        names = []
        for number, (start, end) in enumerate(_parts(tokens, opener)[0]):
            text = source[tokens[start].start : tokens[end].end]
            if _REFERENCE.fullmatch(text):
                name = f"secloop_{token.start}_{number}"
                names.append(f"{name} := {text}; ")
                edits.append(_Edit(tokens[start].start, tokens[end].end, name))
        if names:
            edits.append(_Edit(token.start, token.start, "".join(names)))
    return edits


def _call_after(tokens: list[_Token], at: int) -> int | None:
    """Return the parenthesis of the call that is negated at `at`; None where what follows is no call by name."""
    at += 1
    while at + 1 < len(tokens) and tokens[at].kind == "name":
        if tokens[at + 1].text == "(":
            return at + 1
        if tokens[at + 1].text != ".":
            return None
        at += 2
    return None


def _parts(tokens: list[_Token], opener: int) -> tuple[list[tuple[int, int]], int]:
    """Return the first and last token of each part between commas, and where the bracket at `opener` closes."""
    parts, depth, start = [], 0, opener + 1
    for at in range(opener, len(tokens)):
        token = tokens[at]
        if token.kind != "sign":
            continue
        depth += (token.text in _OPEN) - (token.text in _CLOSE)
        if depth == 0 or (depth == 1 and token.text == ","):
            if at > start:
                parts.append((start, at - 1))
            start = at + 1
        if depth == 0:
            return parts, at
    return parts, len(tokens) - 1


def _chained(source: str, tokens: list[_Token]) -> list[_Edit]:  # noqa: C901 - one pass over the tokens
    """Repeat the head of a rule before each body after the first."""
    edits, depth, head, body, ended = [], 0, 0, -1, False
    for at, token in enumerate(tokens):
        if token.kind == "sign" and token.text in _OPEN:
            if depth == 0 and token.text == "{" and tokens[at - 1].text not in {"=", ":="}:
                if ended and body >= 0:
                    text = source[tokens[head].start : tokens[body].start]
                    edits.append(_Edit(token.start, token.start, f"\n{text}"))
                elif not ended:
                    body = at
                ended = False
            depth += 1
        elif token.kind == "sign" and token.text in _CLOSE:
            depth -= 1
            ended = depth == 0 and token.text == "}" and body >= 0
        elif depth == 0:
            if ended and token.text != "else":
                head, body = at, -1
            elif ended:
                body = -1
            elif body < 0 and at and "\n" in source[tokens[at - 1].end : token.start]:
                head = at
            ended = False
    return edits
