"""Text to a syntax tree: a recursive-descent parser of HCL's native syntax (hashicorp/hcl, hclsyntax/spec.md).

What cannot be read costs the block it stands in, never the file: reading goes on at the next block at the margin.
Every pattern is linear (possessive), nesting is bounded, so any text takes time in proportion to its length.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.deploy.iac.hcl import syntax
from secloop.stages.deploy.iac.hcl.expressions import Expressions, HclSyntaxError
from secloop.stages.deploy.iac.hcl.syntax import Attribute, Block, Body, Document, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_PROBLEMS = 50
"""Places that cannot be read after which the rest of a file is left out."""

_SIMPLE = lazy(
    r'[ \t]*+(?:"([^"\\$%\n]*+)"|(true|false|null)|(-?\d++(?:\.\d++)?))[ \t]*+(?:(?:#|//)[^\n]*+)?(?=\r?\n|\Z)'
)
"""A value that is a whole line: most are, and this reads them at once."""

_HEAD = lazy(r"^[a-z_][\w-]*+(?:[ \t]++(?:\"[^\"\n]*+\"|[\w-]++))*+[ \t]*+\{", re.MULTILINE)
_LABEL = lazy(r'"((?:[^"\\\n]++|\\.)*+)"|([^\W\d][\w.-]*+)')
_WORDS = {"true": True, "false": False, "null": None}


def parse(text: str, path: str) -> Document:
    """Return the tree of a file; what could not be read is among its problems. Never raises."""
    text = text.removeprefix("\ufeff")
    reader = _Reader(text)
    attributes: dict[str, Attribute] = {}
    blocks: list[Block] = []
    problems: list[Problem] = []
    at = 0
    while at < len(text):
        try:
            reader.at = at
            reader.body_into(attributes, blocks, closing=False)
            break
        except HclSyntaxError as error:
            start, at = reader.item_start, _resume(text, max(error.at, reader.item_start + 1))
            if len(problems) + 1 >= MAX_PROBLEMS:
                at = len(text)
            problems.append(Problem(reader.line_of(error.at), error.reason, at - start))
    return Document(path, Body(attributes, tuple(blocks)), tuple(problems), len(text))


def parse_template(text: str) -> syntax.Expression:
    """Return the expression of a template file. Raises: HclSyntaxError."""
    reader = _Reader(text)
    return reader.template_until_end()


def parse_expression(text: str) -> syntax.Expression:
    """Return an expression that stands alone, as in a string of the JSON syntax. Raises: HclSyntaxError."""
    reader = _Reader(text)
    found = reader.expression()
    reader.skip(newlines=True)
    if reader.at < len(text):
        raise HclSyntaxError("the expression goes on", reader.at)
    return found


def _resume(text: str, at: int) -> int:
    """Return where the next block at the margin starts."""
    found = _HEAD.search(text, text.find("\n", at) + 1 or len(text))
    return found.start() if found else len(text)


class _Reader(Expressions):
    """The part that reads bodies; `item_start` is where the current item of the file's own body began."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.item_start = 0
        self._lines = [0, *(found.end() for found in re.finditer("\n", text))]

    def line_of(self, at: int) -> int:
        """Return the line of an offset."""
        return bisect_right(self._lines, at)

    def body_into(self, attributes: dict[str, Attribute], blocks: list[Block], *, closing: bool) -> None:
        """Read items up to the end of the text, or with `closing` up to a brace. Raises: HclSyntaxError."""
        while True:
            self.skip(newlines=True)
            if self.at >= len(self.text):
                if closing:
                    raise HclSyntaxError("a block never ends", self.at)
                return
            if closing and self.text[self.at] == "}":
                self.at += 1
                return
            if not closing:
                self.item_start = self.at
            self._item(attributes, blocks)

    def _item(self, attributes: dict[str, Attribute], blocks: list[Block]) -> None:
        start = self.at
        name = self.identifier()
        self.skip(newlines=False)
        if self.text.startswith("=", self.at) and not self.text.startswith("==", self.at):
            self.at += 1
            value = self._simple() or self.expression()
            found = Attribute(name, value, self.line_of(start), self.line_of(self.at - 1), start, self.at)
            attributes.setdefault(name, found)
            self._end_of_item()
        else:
            blocks.append(self._block(name, start))

    def _simple(self) -> syntax.Literal | None:
        found = _SIMPLE.match(self.text, self.at)
        if found is None:
            return None
        text, word, number = found.groups()
        self.at = found.end(found.lastindex or 0) + (text is not None)
        if text is not None:
            return syntax.Literal(text)
        if word:
            return syntax.Literal(_WORDS[word])
        return syntax.Literal(float(number) if "." in number else int(number[:300]))

    def _end_of_item(self) -> None:
        """Pass over the end of the line after an attribute. Raises: HclSyntaxError if something else stands there."""
        self.skip(newlines=False)
        if self.at < len(self.text) and self.text[self.at] not in "\n},":
            raise HclSyntaxError("something stands behind a value", self.at)
        if self.text.startswith(",", self.at):
            self.at += 1

    def _block(self, name: str, start: int) -> Block:
        labels: list[str] = []
        while not self.text.startswith("{", self.at):
            label = _LABEL.match(self.text, self.at)
            if label is None:
                raise HclSyntaxError(f"{name[:40]} is neither an attribute nor a block", self.at)
            labels.append(label[1] if label[1] is not None else label[2])
            self.at = label.end()
            self.skip(newlines=False)
        self.at += 1
        with self.nested():
            attributes: dict[str, Attribute] = {}
            blocks: list[Block] = []
            self.body_into(attributes, blocks, closing=True)
        body = Body(attributes, tuple(blocks))
        return Block(name, tuple(labels), body, self.line_of(start), self.line_of(self.at - 1), start, self.at)


def labels_of(block: Block, count: int) -> Sequence[str] | None:
    """Return the labels of a block that has exactly so many, None otherwise."""
    return block.labels if len(block.labels) == count else None
