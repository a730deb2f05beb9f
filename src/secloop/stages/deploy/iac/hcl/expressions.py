"""The expressions of HCL: precedence climbing over the text itself, templates and heredocs included."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from secloop.model.errors import SecloopError
from secloop.model.regex import lazy
from secloop.stages.deploy.iac.hcl import syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH = 48
"""Blocks, brackets and templates within each other; deeper ones are a syntax error here."""

MAX_CHAIN = 1_000
"""Selections behind one value, operators on one level: what people write has a few."""

_BLANK = lazy(r"(?:[ \t\r]++|#[^\n]*+|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?)*+")
_BLANK_LINES = lazy(r"(?:[ \t\r\n]++|#[^\n]*+|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?)*+")
_IDENTIFIER = lazy(r"[^\W\d][\w-]*+")
_NUMBER = lazy(r"\d++(?:\.\d++)?+(?:[eE][+-]?\d++)?+")
_TEXT = lazy(r'[^"\\$%\n]++')
_LOOSE = lazy(r"[^$%]++")
_HEREDOC = lazy(r"<<(-?)([^\W\d][\w-]*+)[ \t\r]*+\n")
_OPERATOR = lazy(r"\|\||&&|==|!=|<=|>=|<|>|\+|-|\*|/|%")
_LEVELS = {
    "||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, ">": 4, "<=": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6,
}  # fmt: skip
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_CODE = lazy(r"u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})")
_WORDS = {"true": True, "false": False, "null": None}
_UNICODE = 0x110000


class HclSyntaxError(SecloopError):
    """The text is no HCL from offset `at` on."""

    def __init__(self, reason: str, at: int) -> None:
        """Hold the reason and the offset."""
        super().__init__(reason)
        self.reason = reason
        self.at = at


class Expressions:
    """Reads expressions from `text` at `at`; every method moves `at` behind what it read."""

    def __init__(self, text: str) -> None:
        """Start at the beginning."""
        self.text = text
        self.at = 0
        self._depth = 0

    def line_of(self, at: int) -> int:
        """Return the line of an offset."""
        return self.text.count("\n", 0, at) + 1

    @contextmanager
    def nested(self) -> Iterator[None]:
        """Go one level deeper. Raises: HclSyntaxError below MAX_DEPTH."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise HclSyntaxError("nested too deeply", self.at)
        try:
            yield
        finally:
            self._depth -= 1

    def skip(self, *, newlines: bool) -> None:
        """Pass over blanks and comments, with `newlines` also over ends of lines."""
        found = (_BLANK_LINES if newlines else _BLANK).match(self.text, self.at)
        if found is not None:
            self.at = found.end()

    def identifier(self) -> str:
        """Read a name. Raises: HclSyntaxError."""
        found = _IDENTIFIER.match(self.text, self.at)
        if found is None:
            raise HclSyntaxError("a name is missing", self.at)
        self.at = found.end()
        return found[0]

    def expression(self, *, lines: bool = False) -> syntax.Expression:
        """Read an expression; `lines` says that it stands in brackets, where ends of lines are blanks.

        Raises: HclSyntaxError.
        """
        with self.nested():
            test = self._binary(1, lines)
            self.skip(newlines=lines)
            if not self.text.startswith("?", self.at):
                return test
            self.at += 1
            yes = self.expression(lines=True)
            self.skip(newlines=True)
            self._expect(":")
            return syntax.Conditional(test, yes, self.expression(lines=lines))

    def _expect(self, sign: str) -> None:
        if not self.text.startswith(sign, self.at):
            raise HclSyntaxError(f"{sign} is missing", self.at)
        self.at += len(sign)

    def _binary(self, level: int, lines: bool) -> syntax.Expression:
        left = self._unary(lines)
        for _ in range(MAX_CHAIN):
            self.skip(newlines=lines)
            found = _OPERATOR.match(self.text, self.at)
            if found is None or _LEVELS[found[0]] < level:
                return left
            self.at = found.end()
            self.skip(newlines=True)
            with self.nested():
                left = syntax.Binary(found[0], left, self._binary(_LEVELS[found[0]] + 1, lines))
        raise HclSyntaxError("an expression is too long", self.at)

    def _unary(self, lines: bool) -> syntax.Expression:
        self.skip(newlines=lines)
        sign = self.text[self.at : self.at + 1]
        if sign and sign in "!-":
            self.at += 1
            with self.nested():
                return syntax.Unary(sign, self._unary(lines))
        return self._postfix(self._primary(), lines)

    def _postfix(self, of: syntax.Expression, lines: bool) -> syntax.Expression:
        """Read what is selected from a value."""
        for _ in range(MAX_CHAIN):
            here = self.at
            self.skip(newlines=lines)
            sign = self.text[self.at : self.at + 1]
            if sign == "." and self.text[self.at + 1 : self.at + 2] != ".":
                self.at += 1
                if self.text.startswith("*", self.at):
                    self.at += 1
                    return syntax.Splat(of, self._postfix(syntax.Variable("*"), lines))
                of = self._selected(of)
            elif sign == "[":
                self.at += 1
                self.skip(newlines=True)
                if self.text.startswith("*", self.at):
                    self.at += 1
                    self.skip(newlines=True)
                    self._expect("]")
                    return syntax.Splat(of, self._postfix(syntax.Variable("*"), lines))
                key = self.expression(lines=True)
                self.skip(newlines=True)
                self._expect("]")
                of = syntax.Index(of, key)
            else:
                self.at = here
                return of
        raise HclSyntaxError("an expression is too long", self.at)

    def _selected(self, of: syntax.Expression) -> syntax.Expression:
        """Read the name behind a dot; a number is an index, as Terraform once wrote it."""
        number = _NUMBER.match(self.text, self.at)
        if number is None:
            return syntax.GetAttr(of, self.identifier())
        self.at = number.end()
        for part in number[0].split("."):
            of = syntax.Index(of, syntax.Literal(int(part) if part.isdecimal() else 0))
        return of

    def _primary(self) -> syntax.Expression:  # noqa: PLR0911 - one return for each kind of value
        sign = self.text[self.at : self.at + 1]
        if sign == '"':
            self.at += 1
            return self._template('"')
        if sign == "[":
            return self._list()
        if sign == "{":
            return self._object()
        if sign == "(":
            self.at += 1
            found = self.expression(lines=True)
            self.skip(newlines=True)
            self._expect(")")
            return found
        if sign == "<" and (heredoc := _HEREDOC.match(self.text, self.at)):
            return self._heredoc(heredoc)
        if number := _NUMBER.match(self.text, self.at):
            self.at = number.end()
            return syntax.Literal(_number(number[0]))
        name = self.identifier()
        if self.text.startswith("(", self.at) or self.text.startswith("::", self.at):
            return self._call(name)
        return syntax.Literal(_WORDS[name]) if name in _WORDS else syntax.Variable(name)

    def _call(self, name: str) -> syntax.Call:
        while self.text.startswith("::", self.at):
            self.at += 2
            name = f"{name}::{self.identifier()}"
        self._expect("(")
        arguments: list[syntax.Expression] = []
        expand = False
        while True:
            self.skip(newlines=True)
            if self.text.startswith(")", self.at):
                self.at += 1
                return syntax.Call(name, tuple(arguments), expand)
            arguments.append(self.expression(lines=True))
            self.skip(newlines=True)
            if self.text.startswith("...", self.at):
                self.at += 3
                expand = True
                self.skip(newlines=True)
            if not self.text.startswith(")", self.at):
                self._expect(",")

    def _list(self) -> syntax.Expression:
        self.at += 1
        self.skip(newlines=True)
        if self._at_word("for"):
            return self._for("]")
        items: list[syntax.Expression] = []
        while not self.text.startswith("]", self.at):
            items.append(self.expression(lines=True))
            self.skip(newlines=True)
            if not self.text.startswith("]", self.at):
                self._expect(",")
                self.skip(newlines=True)
        self.at += 1
        return syntax.ListOf(tuple(items))

    def _object(self) -> syntax.Expression:
        self.at += 1
        self.skip(newlines=True)
        if self._at_word("for"):
            return self._for("}")
        items: list[syntax.Item] = []
        while not self.text.startswith("}", self.at):
            start = self.at
            key = self._key()
            self.skip(newlines=True)
            if self.text.startswith(("=", ":"), self.at):
                self.at += 1
            elif not self.text.startswith("{", self.at):  # Terraform 0.11 took blocks in objects
                raise HclSyntaxError("= is missing", self.at)
            self.skip(newlines=True)
            value = self.expression()
            items.append(syntax.Item(key, value, self.line_of(start), self.line_of(self.at - 1)))
            self.skip(newlines=False)
            if self.at < len(self.text) and self.text[self.at] not in ",\n}":
                raise HclSyntaxError("an object's pairs are not separated", self.at)
            if self.text.startswith(",", self.at):
                self.at += 1
            self.skip(newlines=True)
            if self.at >= len(self.text):
                raise HclSyntaxError("an object never ends", start)
        self.at += 1
        return syntax.ObjectOf(tuple(items))

    def _key(self) -> syntax.Expression:
        """Read the key of an object: a bare name is itself, anything else an expression."""
        found = _IDENTIFIER.match(self.text, self.at)
        if found is not None:
            after = _BLANK.match(self.text, found.end())
            sign = self.text[after.end() : after.end() + 1] if after else ""
            if sign in {"=", ":", "{"}:
                self.at = found.end()
                return syntax.Literal(found[0])
        return self.expression()

    def _at_word(self, word: str) -> bool:
        found = _IDENTIFIER.match(self.text, self.at)
        return (
            found is not None
            and found[0] == word
            and self.text[found.end() : found.end() + 1] in {" ", "\t", "\n", "("}
        )

    def _for(self, end: str) -> syntax.For:
        self.at += len("for")
        self.skip(newlines=True)
        key, item = "", self.identifier()
        self.skip(newlines=True)
        if self.text.startswith(",", self.at):
            self.at += 1
            self.skip(newlines=True)
            key, item = item, self.identifier()
            self.skip(newlines=True)
        self._expect("in")
        source = self.expression(lines=True)
        self.skip(newlines=True)
        self._expect(":")
        name, value = None, self.expression(lines=True)
        self.skip(newlines=True)
        if end == "}":
            self._expect("=>")
            name, value = value, self.expression(lines=True)
            self.skip(newlines=True)
        group = self.text.startswith("...", self.at)
        self.at += 3 * group
        self.skip(newlines=True)
        condition = None
        if self._at_word("if"):
            self.at += 2
            condition = self.expression(lines=True)
            self.skip(newlines=True)
        self._expect(end)
        return syntax.For(key, item, source, name, value, condition, group)

    def _heredoc(self, found: re.Match[str]) -> syntax.Expression:
        """Read a heredoc: up to a line that holds its word alone."""
        end = re.compile(rf"^[ \t]*+{re.escape(found[2])}[ \t\r]*+$", re.MULTILINE).search(self.text, found.end())
        if end is None:
            raise HclSyntaxError("a heredoc never ends", self.at)
        text = self.text[found.end() : end.start()]
        self.at = end.end()
        inner = Expressions(_dedented(text) if found[1] else text)
        inner._depth = self._depth
        try:
            return inner.template_until_end()
        except HclSyntaxError as error:
            raise HclSyntaxError(error.reason, found.end()) from error

    def template_until_end(self) -> syntax.Expression:
        """Read the whole text as a template. Raises: HclSyntaxError."""
        return self._template("")

    def _template(self, quote: str) -> syntax.Expression:
        """Read a template up to its closing quote, or to the end of the text where it has none."""
        parts: list[str | syntax.Expression] = []
        source: list[str] = []
        buffer: list[str] = []
        directives = False
        while True:
            if self.at >= len(self.text):
                if quote:
                    raise HclSyntaxError("a string never ends", self.at)
                break
            if plain := (_TEXT if quote else _LOOSE).match(self.text, self.at):
                buffer.append(plain[0])
                self.at = plain.end()
            elif quote and self.text[self.at] == quote:
                self.at += 1
                break
            elif self.text.startswith(("${", "%{"), self.at):
                start, is_directive = self.at, self.text[self.at] == "%"
                directives = directives or is_directive
                value = self._interpolation(is_directive)
                parts += ["".join(buffer), value]
                source += ["", self.text[start : self.at]]
                buffer = []
            else:
                buffer.append(self._character(quote))
        if not parts:
            return syntax.Literal("".join(buffer))
        return syntax.Template((*parts, "".join(buffer)), (*source, ""), directives)

    def _interpolation(self, is_directive: bool) -> syntax.Expression:
        self.at += 2
        self.at += self.text.startswith("~", self.at)
        if is_directive:  # what loops and conditions make of a template is not worked out
            end = self.text.find("}", self.at)
            if end < 0:
                raise HclSyntaxError("a template's directive never ends", self.at)
            self.at = end + 1
            return syntax.Variable("")
        value = self.expression(lines=True)
        self.skip(newlines=True)
        self.at += self.text.startswith("~", self.at)
        self._expect("}")
        return value

    def _character(self, quote: str) -> str:
        """Read one character that is special in templates, an escape or a doubled sign."""
        sign = self.text[self.at]
        if quote and sign == "\n":
            raise HclSyntaxError("a string never ends", self.at)
        if sign in "$%" and self.text.startswith(sign * 2 + "{", self.at):
            self.at += 3
            return sign + "{"
        if sign == "\\" and quote:
            return self._escape()
        self.at += 1
        return sign

    def _escape(self) -> str:
        code = _CODE.match(self.text, self.at + 1)
        if code is not None:
            number = int(code[1] or code[2], 16)
            self.at = code.end()
            return chr(number) if number < _UNICODE else "\ufffd"
        sign = self.text[self.at + 1 : self.at + 2]
        self.at += 2
        return _ESCAPES.get(sign, "\\" + sign)


def _number(text: str) -> int | float:
    if text.isdecimal():
        return int(text[:300])
    value = float(text)
    return int(value) if value.is_integer() and abs(value) < 1 << 53 else value


def _dedented(text: str) -> str:
    """Return the text of a heredoc without the blanks that all its lines begin with."""
    lines = text.split("\n")
    indents = [len(line) - len(line.lstrip(" \t")) for line in lines if line.strip()]
    cut = min(indents, default=0)
    return "\n".join(line[cut:] if line[:cut].isspace() or not cut else line for line in lines)
