"""Terraform's JSON syntax (hashicorp/terraform, json-syntax) as the tree that the native one gives.

Lines come from a small reader of JSON of our own, as `json` has none. Objects below a block's labels are blocks where
Terraform's own schema says so; without it, an object that is no map of the user's is taken for a block.
"""

from __future__ import annotations

import re
from typing import Any

from secloop.model.base import Record
from secloop.model.regex import lazy
from secloop.resources.normal import FREE
from secloop.stages.deploy.iac.hcl import syntax
from secloop.stages.deploy.iac.hcl.expressions import HclSyntaxError
from secloop.stages.deploy.iac.hcl.parse import parse_expression
from secloop.stages.deploy.iac.hcl.syntax import Attribute, Block, Body, Document, Problem

MAX_DEPTH = 64
_SPACE = lazy(r"[ \t\r\n]*+")
_STRING = lazy(r'"(?:[^"\\\x00-\x1f]++|\\.)*+"')
_SCALAR = lazy(r"true|false|null|-?\d++(?:\.\d++)?+(?:[eE][+-]?\d++)?+")
_LABELS = {
    "resource": 2, "data": 2, "module": 1, "variable": 1, "output": 1, "provider": 1, "locals": 0, "terraform": 0,
}  # fmt: skip


class Node(Record, frozen=True):
    """A JSON value with its lines; objects are lists of (key, Node), arrays lists of Node."""

    value: Any
    line: int
    end_line: int


def parse_json(text: str, path: str) -> Document:
    """Return the tree of a file of the JSON syntax; one that is no JSON is one problem. Never raises."""
    try:
        root = read(text)
    except HclSyntaxError as error:
        problem = Problem(text.count("\n", 0, error.at) + 1, error.reason, len(text))
        return Document(path, Body({}, ()), (problem,), len(text))
    attributes: dict[str, Attribute] = {}
    blocks: list[Block] = []
    for key, node in _pairs(root):
        if key in _LABELS:
            blocks += _labelled(key, (), node, _LABELS[key])
        elif not key.startswith("//"):
            attributes[key] = _attribute(key, node)
    return Document(path, Body(attributes, tuple(blocks)), (), len(text))


def read(text: str) -> Node:
    """Return a JSON text with lines. Raises: HclSyntaxError."""
    import json

    reader = _Reader(text)
    try:
        node = reader.value(0)
    except json.JSONDecodeError as error:
        raise HclSyntaxError("no JSON", reader.at) from error
    reader.skip()
    if reader.at < len(text):
        raise HclSyntaxError("something stands behind the JSON", reader.at)
    return node


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text.removeprefix("\ufeff")
        self.at = 0
        self.line = 1

    def skip(self) -> None:
        found = _SPACE.match(self.text, self.at)
        if found is not None:
            self.line += found[0].count("\n")
            self.at = found.end()

    def value(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise HclSyntaxError("nested too deeply", self.at)
        self.skip()
        start, sign = self.line, self.text[self.at : self.at + 1]
        if sign == "{":
            return Node(self._members("}", depth), start, self.line)
        if sign == "[":
            return Node([node for _, node in self._members("]", depth)], start, self.line)
        if sign == '"':
            return Node(self._string(), start, self.line)
        found = _SCALAR.match(self.text, self.at)
        if found is None:
            raise HclSyntaxError("no JSON", self.at)
        self.at = found.end()
        return Node(_scalar(found[0]), start, self.line)

    def _members(self, end: str, depth: int) -> list[tuple[str, Node]]:
        self.at += 1
        out: list[tuple[str, Node]] = []
        self.skip()
        while not self.text.startswith(end, self.at):
            key = ""
            if end == "}":
                key = self._string()
                self.skip()
                self._expect(":")
            out.append((key, self.value(depth + 1)))
            self.skip()
            if not self.text.startswith(end, self.at):
                self._expect(",")
                self.skip()
        self.at += 1
        return out

    def _expect(self, sign: str) -> None:
        if not self.text.startswith(sign, self.at):
            raise HclSyntaxError(f"{sign} is missing", self.at)
        self.at += 1

    def _string(self) -> str:
        import json

        found = _STRING.match(self.text, self.at)
        if found is None:
            raise HclSyntaxError("a string is missing", self.at)
        self.at = found.end()
        return str(json.loads(found[0], strict=False))


def _scalar(word: str) -> Any:
    if word in {"true", "false", "null"}:
        return {"true": True, "false": False, "null": None}[word]
    return int(word[:300]) if re.fullmatch(r"-?\d+", word) else float(word)


def _pairs(node: Node) -> list[tuple[str, Node]]:
    """Return the members of an object, or those of all objects of an array."""
    if not isinstance(node.value, list):
        return []
    if all(isinstance(one, Node) for one in node.value):
        return [pair for one in node.value for pair in _pairs(one)]
    return [one for one in node.value if isinstance(one, tuple)]


def _labelled(type_: str, labels: tuple[str, ...], node: Node, left: int) -> list[Block]:
    if left:
        return [block for key, one in _pairs(node) for block in _labelled(type_, (*labels, key), one, left - 1)]
    bodies = [node] if _is_object(node) else [one for one in node.value if _is_object(one)] if _is_list(node) else []
    is_flat = type_ in {"locals", "variable", "output"}
    return [Block(type_, labels, _body(one, flat=is_flat), one.line, one.end_line) for one in bodies]


def _body(node: Node, *, flat: bool = False) -> Body:
    """Return an object as a body; `flat` says that it holds attributes alone."""
    attributes: dict[str, Attribute] = {}
    blocks: list[Block] = []
    for key, one in _pairs(node):
        if key == "//":
            continue
        if key == "dynamic" and not flat:
            for name, content in _pairs(one):
                blocks += _blocks("dynamic", (name,), content)
        elif not flat and key not in FREE and key not in {"lifecycle_tags", "for_each"} and _holds_objects(one):
            blocks += _blocks(key, (), one)
        else:
            attributes[key] = _attribute(key, one)
    return Body(attributes, tuple(blocks))


def _blocks(type_: str, labels: tuple[str, ...], node: Node) -> list[Block]:
    bodies = [node] if _is_object(node) else node.value
    return [Block(type_, labels, _body(one), one.line, one.end_line) for one in bodies if _is_object(one)]


def _is_list(node: Node) -> bool:
    return isinstance(node.value, list) and all(isinstance(one, Node) for one in node.value)


def _is_object(node: Node) -> bool:
    return isinstance(node.value, list) and bool(node.value) and all(isinstance(one, tuple) for one in node.value)


def _holds_objects(node: Node) -> bool:
    return _is_object(node) or (_is_list(node) and bool(node.value) and all(_is_object(one) for one in node.value))


def _attribute(name: str, node: Node) -> Attribute:
    return Attribute(name, _expression(node), node.line, node.end_line, 0, 0)


def _expression(node: Node) -> syntax.Expression:
    if isinstance(node.value, str):
        return _template(node.value)
    if _is_object(node):
        items = [
            syntax.Item(syntax.Literal(key), _expression(one), one.line, one.end_line) for key, one in _pairs(node)
        ]
        return syntax.ObjectOf(tuple(items))
    if isinstance(node.value, list):
        return syntax.ListOf(tuple(_expression(one) for one in node.value))
    return syntax.Literal(node.value)


def _template(text: str) -> syntax.Expression:
    """Return a string, which the JSON syntax reads as a template."""
    if "${" not in text and "%{" not in text:
        return syntax.Literal(text)
    quoted = text.replace("\\", "\\\\").replace("\n", "\\n") if "${" not in text else text
    try:
        if text.startswith("${") and text.endswith("}") and text.count("${") == 1:
            return parse_expression(text[2:-1])
        from secloop.stages.deploy.iac.hcl.parse import parse_template

        return parse_template(quoted)
    except HclSyntaxError:
        return syntax.Variable("")
