"""Instances of blocks (`count`, `for_each`), and the attributes of one: nested blocks are lists, dynamic ones too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secloop.model.base import Record
from secloop.model.resource import Lines
from secloop.resources.values import UNKNOWN, Unknown, number, references_of, text_of
from secloop.stages.deploy.iac.hcl.syntax import ObjectOf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from secloop.stages.deploy.iac.hcl.evaluate import Evaluator
    from secloop.stages.deploy.iac.hcl.syntax import Block, Body, Expression

MAX_INSTANCES = 1_000
"""The most instances of one block."""

_META = frozenset({"count", "for_each", "depends_on"})


class Instance(Record, frozen=True):
    """One instance of a block: its key (None where there is only one), and what `each` and `count` are."""

    key: str | int | None
    names: Mapping[str, Any]


ALONE = Instance(None, {"each": UNKNOWN, "count": UNKNOWN})


class Expander:
    """Makes instances and attributes of blocks in one module."""

    def __init__(self, evaluator: Evaluator) -> None:
        """Take the module's evaluator."""
        self._evaluator = evaluator
        self._instances: dict[int, tuple[Block, list[Instance] | None]] = {}

    def instances(self, block: Block) -> list[Instance] | None:
        """Return the instances of a block; None where nobody knows how many there are."""
        known = self._instances.get(id(block))
        if known is None:
            self._instances[id(block)] = (block, None)
            known = self._instances[id(block)] = (block, self._expanded(block))
        return known[1]

    def _expanded(self, block: Block) -> list[Instance] | None:
        attributes = block.body.attributes
        if "count" in attributes:
            count = number(self._evaluator.value(attributes["count"].value))
            if count is None:
                return None
            many = range(min(int(count), MAX_INSTANCES))
            return [Instance(n, {"count": {"index": n}, "each": UNKNOWN}) for n in many]
        if "for_each" in attributes:
            return self._each(self._evaluator.value(attributes["for_each"].value))
        return [ALONE]

    def _each(self, value: Any) -> list[Instance] | None:
        if isinstance(value, dict):
            pairs = list(value.items())
        elif isinstance(value, list) and not any(text_of(one) is None for one in value):
            pairs = [(str(text_of(one)), one) for one in value]
        else:
            return None
        return [
            Instance(key, {"each": {"key": key, "value": one}, "count": UNKNOWN}) for key, one in pairs[:MAX_INSTANCES]
        ]

    def attributes(self, block: Block, instance: Instance, lines: dict[str, Lines] | None = None) -> dict[str, Any]:
        """Return the attributes of an instance; where they stand is put into `lines`."""
        return self._body(block.body, instance.names, "", {} if lines is None else lines, top=True)

    def _body(
        self, body: Body, names: Mapping[str, Any], path: str, lines: dict[str, Lines], *, top: bool = False
    ) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for name, attribute in body.attributes.items():
            if top and name in _META:
                continue
            out[name] = self._evaluator.value(attribute.value, names)
            lines[path + name] = Lines(first=attribute.line, last=attribute.end_line)
            _note_items(attribute.value, path + name, lines, 0)
        for block in body.blocks:
            if block.type == "dynamic" and block.labels:
                self._dynamic(block, names, path, lines, out)
            else:
                self._nested(block, block.type, names, path, lines, out)
        return out

    def _nested(
        self,
        block: Block,
        name: str,
        names: Mapping[str, Any],
        path: str,
        lines: dict[str, Lines],
        out: dict[str, Any],
    ) -> None:
        held = out.setdefault(name, [])
        if not isinstance(held, list):
            return
        here = f"{path}{name}[{sum(not isinstance(one, Unknown) for one in held)}]"
        lines[here] = Lines(first=block.line, last=block.end_line)
        lines.setdefault(path + name, lines[here])
        held.append(self._body(block.body, names, here + ".", lines))

    def _dynamic(
        self, block: Block, names: Mapping[str, Any], path: str, lines: dict[str, Lines], out: dict[str, Any]
    ) -> None:
        """Expand `dynamic "name" { for_each = ...  content { ... } }`; one over an unknown is an unknown block."""
        name = block.labels[0]
        content = next((one for one in block.body.blocks if one.type == "content"), None)
        source = block.body.attributes.get("for_each")
        if content is None or source is None:
            return
        lines.setdefault(path + name, Lines(first=block.line, last=block.end_line))
        value = self._evaluator.value(source.value, names)
        if not isinstance(value, list | dict):
            held = out.setdefault(name, [])
            if isinstance(held, list) and value is not None:
                held.append(Unknown(references_of(value)))
            return
        iterator = self._iterator(block)
        for key, one in _pairs(value):
            bound = {**names, iterator or name: {"key": key, "value": one}}
            self._nested(content, name, bound, path, lines, out)

    @staticmethod
    def _iterator(block: Block) -> str:
        found = block.body.attributes.get("iterator")
        return str(getattr(found.value, "name", "")) if found is not None else ""


def _pairs(value: list[Any] | dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict):
        yield from list(value.items())[:MAX_INSTANCES]
    else:
        yield from ((one if isinstance(one, str) else n, one) for n, one in enumerate(value[:MAX_INSTANCES]))


def _note_items(node: Expression, path: str, lines: dict[str, Lines], depth: int) -> None:
    """Note where the pairs of an object stand."""
    if isinstance(node, ObjectOf) and depth < 8:  # noqa: PLR2004 - deeper places help nobody
        for item in node.items:
            key = getattr(item.key, "value", None)
            if isinstance(key, str):
                lines[f"{path}.{key}"] = Lines(first=item.line, last=item.end_line)
                _note_items(item.value, f"{path}.{key}", lines, depth + 1)
