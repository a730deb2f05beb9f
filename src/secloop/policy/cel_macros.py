"""Macros that the engine does not know, written out in those it knows. Pure: text in, text out.

- Two-variable macros (cel-spec, extensions "comprehensions"): `m.all(k, v, e)` becomes a loop over the keys of `m`,
  with `v` bound by a loop over one element. So `m` is evaluated once.
- `Object.spec{a: x}` and `JSONPatch{op: x}` (Kubernetes' MutatingAdmissionPolicy) become maps.
- `format.uri().validate(x)`, which gives an optional.
"""

from __future__ import annotations

from typing import NamedTuple

from secloop.model.errors import UsageError
from secloop.model.regex import lazy

MAX_LENGTH = 65_536
"""Characters of an expression once its macros are written out."""

MAX_MACROS = 100

_TOKEN = lazy(
    r"[ \t\r\n\f]+|//[^\n]*"
    r"|(?P<text>[rRbB]{0,2}(?:'''(?s:.)*?(?<!\\)'''|\"\"\"(?s:.)*?(?<!\\)\"\"\"|'(?:[^'\\\n]|\\.)*+'|\"(?:[^\"\\\n]|\\.)*+\"))"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*+)|(?P<number>[0-9][0-9a-zA-Z_]*+(?:\.[0-9]+(?:[eE][+-]?[0-9]+)?)?)"
    r"|(?P<sign>\.\?|(?s:.))"
)
_OPENERS = {")": "(", "]": "[", "}": "{"}
_LOOPS = {"all": "all", "exists": "exists", "existsOne": "exists_one", "exists_one": "exists_one"}
_TRANSFORMS = frozenset({"transformList", "transformMap", "transformMapEntry"})
_TRIGGER = lazy(r"\b(?:all|exists|existsOne|exists_one|transform(?:List|Map|MapEntry))\s*\(|\bvalidate\s*\(")
_MESSAGE = lazy(r"\b(?:Object(?:\.[A-Za-z_]\w*)*|JSONPatch)\s*\{")


class Token(NamedTuple):
    """A token, where it starts and where it ends."""

    text: str
    kind: str
    start: int
    end: int


def expand(text: str) -> str:
    """Return `text` without the macros above; a text without any as it is.

    Raises: UsageError for more than MAX_MACROS of them, or a text that grows beyond MAX_LENGTH.
    """
    if _MESSAGE.search(text):
        text = _without_messages(text)
    if not _TRIGGER.search(text):
        return text
    for number in range(MAX_MACROS):
        if len(text) > MAX_LENGTH:
            raise UsageError(f"the expression grows beyond {MAX_LENGTH} characters", "Use fewer nested macros")
        following = _expand_last(text, number)
        if following is None:
            return text
        text = following
    raise UsageError(f"the expression has more than {MAX_MACROS} macros of two variables", "Split it")


def tokens_of(text: str) -> list[Token]:
    """Return the tokens of an expression, without spaces and comments."""
    matches = _TOKEN.finditer(text)
    return [Token(match[0], match.lastgroup, match.start(), match.end()) for match in matches if match.lastgroup]


def _without_messages(text: str) -> str:
    """Return `text` with typed literals as maps: the type goes, and the names of fields become texts."""
    tokens, out, at = tokens_of(text), [], 0
    fields: list[bool] = []
    for index, token in enumerate(tokens):
        if token.kind == "sign" and token.text in "{[(":
            start = _type_start(tokens, index) if token.text == "{" else None
            fields.append(start is not None)
            if start is not None:
                out.append(text[at : tokens[start].start])
                at = token.start
        elif token.kind == "sign" and token.text in "}])" and fields:
            fields.pop()
        elif token.kind == "name" and fields and fields[-1] and _is_field(tokens, index):
            out += [text[at : token.start], f"'{token.text}'"]
            at = token.end
    return "".join(out) + text[at:]


def _type_start(tokens: list[Token], brace: int) -> int | None:
    """Return where the type before an opening brace starts; None where there is none."""
    at = brace - 1
    while at >= 2 and tokens[at].kind == "name" and tokens[at - 1].text == ".":  # noqa: PLR2004 - `X.Y` before `{`
        at -= 2
    return at if at >= 0 and tokens[at].text in {"Object", "JSONPatch"} else None


def _is_field(tokens: list[Token], index: int) -> bool:
    before, after = tokens[index - 1].text, tokens[index + 1].text if index + 1 < len(tokens) else ""
    return before in {"{", ",", "?"} and after == ":"


def _expand_last(text: str, number: int) -> str | None:
    """Return `text` with its last macro written out; the last one has none within it. None where there is none."""
    tokens = tokens_of(text)
    for index in range(len(tokens) - 2, 0, -1):
        if tokens[index].kind != "name" or tokens[index + 1].text != "(" or tokens[index - 1].text != ".":
            continue
        name, (args, end) = tokens[index].text, _arguments(text, tokens, index + 1)
        if end is None or not (made := _written(name, args, number)):
            continue
        start = _receiver(tokens, index - 2)
        receiver = text[tokens[start].start : tokens[index - 2].end]
        return text[: tokens[start].start] + made.replace("\0", receiver) + text[end:]
    return None


def _written(name: str, args: list[str], number: int) -> str:
    """Return a call written out, with NUL for its receiver; "" if it is none of these macros."""
    if name == "validate" and len(args) == 1:
        return f"\0.secloop_validate({args[0]})[?0]"
    if len(args) < 3 or not (args[0].isidentifier() and args[1].isidentifier()):  # noqa: PLR2004 - two names and a body
        return ""
    key, value, *body = args
    source, keys = f"secloop_m{number}", f"secloop_keys(secloop_m{number})"
    one = f"[{source}[{key}]]"
    if name in _LOOPS and len(body) == 1:
        loop = _LOOPS[name]
        return f"[\0].map({source}, {keys}.{loop}({key}, {one}.{loop}({value}, {body[0]})))[0]"
    if name not in _TRANSFORMS or len(body) > 2:  # noqa: PLR2004 - a filter and what is made
        return ""
    if len(body) == 2:  # noqa: PLR2004 - as above
        keys = f"{keys}.filter({key}, {one}.exists_one({value}, {body[0]}))"
    made = f"{one}.map({value}, {body[-1]})[0]"
    pair = f"[{key}, {made}]" if name == "transformMap" else made
    inner = f"{keys}.map({key}, {pair})"
    wrapped = {"transformList": inner, "transformMap": f"secloop_map({inner})"}.get(name, f"secloop_merged({inner})")
    return f"[\0].map({source}, {wrapped})[0]"


def _arguments(text: str, tokens: list[Token], opener: int) -> tuple[list[str], int | None]:
    """Return the arguments of a call as text, and where it ends; None for one that does not."""
    depth, parts, start = 0, [], tokens[opener].end
    for token in tokens[opener:]:
        if token.kind != "sign":
            continue
        if token.text in "([{":
            depth += 1
        elif token.text in ")]}":
            depth -= 1
        if depth == 0 or (depth == 1 and token.text == ","):
            parts.append(text[start : token.start].strip())
            start = token.end
        if depth == 0:
            return parts, token.end
    return [], None


def _receiver(tokens: list[Token], last: int) -> int:
    """Return the token at which the operand that ends at `last` starts: names, calls, indices and literals."""
    at = last
    while True:
        at = _atom(tokens, at)
        if at < 2 or tokens[at - 1].text not in {".", ".?"}:  # noqa: PLR2004 - an operand and its dot
            return at
        at -= 2


def _atom(tokens: list[Token], at: int) -> int:
    """Return where an operand without dots starts: `x`, `f(...)`, `x[...][...]`, `[...]`, `{...}`, `(...)`."""
    while tokens[at].text in _OPENERS and tokens[at].kind == "sign":
        opener = _opener(tokens, at)
        before = tokens[opener - 1] if opener else None
        is_suffix = before is not None and (
            (before.kind == "name" and before.text != "in" and tokens[opener].text != "{")
            or (tokens[opener].text == "[" and (before.text in {"]", ")", "}"} or before.kind == "text"))
        )
        if not is_suffix:
            return opener
        at = opener - 1
    return at


def _opener(tokens: list[Token], closer: int) -> int:
    depth = 0
    for index in range(closer, -1, -1):
        if tokens[index].kind == "sign":
            depth += (tokens[index].text in ")]}") - (tokens[index].text in "([{")
        if depth == 0:
            return index
    return closer
