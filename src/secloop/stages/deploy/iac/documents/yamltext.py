"""YAML with the lines of every key and item, within bounds: anchors that multiply and circles are cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secloop.model.base import Record
from secloop.model.errors import UnreadableError
from secloop.model.regex import lazy
from secloop.model.resource import Lines

if TYPE_CHECKING:
    import yaml

MAX_BYTES = 4 << 20
MAX_NODES = 200_000
MAX_DEPTH = 64
_INTEGER = lazy(r"[-+]?[0-9]{1,18}")
_WORDS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})


class Text(Record, frozen=True):
    """One document of a file: its value, and the lines of what is in it by path (`spec.ports[0].name`)."""

    value: Any
    lines: dict[str, Lines]
    line: int
    end_line: int


def documents(text: str) -> list[Text]:
    """Return the documents of a file. Raises: UnreadableError, with the line, for what is no YAML or too much."""
    import yaml

    if len(text) > MAX_BYTES:
        raise UnreadableError(f"larger than {MAX_BYTES >> 20} MB")
    try:
        nodes = list(yaml.compose_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise UnreadableError("no YAML", mark.line + 1 if mark is not None else 0) from error
    except (ValueError, RecursionError) as error:  # a character that YAML does not allow, or too deep
        raise UnreadableError("no YAML") from error
    return [_document(node) for node in nodes if node is not None]


def _document(node: yaml.Node) -> Text:
    reader = _Reader()
    value = reader.value(node, "", 0)
    return Text(value, reader.lines, node.start_mark.line + 1, _last(node))


class _Reader:
    """Makes plain values of nodes; an anchor that is used again is read again, so its nodes count again."""

    def __init__(self) -> None:
        self.lines: dict[str, Lines] = {}
        self._left = MAX_NODES

    def value(self, node: yaml.Node, path: str, depth: int) -> Any:
        import yaml

        self._left -= 1
        if self._left < 0 or depth > MAX_DEPTH:
            raise UnreadableError("its anchors or its nesting make too much of it", node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, depth)
        if isinstance(node, yaml.SequenceNode):
            out = []
            for at, item in enumerate(node.value):
                here = f"{path}[{at}]"
                self.lines[here] = Lines(first=item.start_mark.line + 1, last=_last(item))
                out.append(self.value(item, here, depth + 1))
            return out
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: str, depth: int) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key, item in node.value:
            name = str(key.value) if isinstance(key.value, str) else ""
            if name == "<<":
                merged = self.value(item, path, depth + 1)
                out = {**merged, **out} if isinstance(merged, dict) else out
                continue
            here = f"{path}.{name}" if path else name
            self.lines[here] = Lines(first=key.start_mark.line + 1, last=max(_last(item), key.start_mark.line + 1))
            out[name] = self.value(item, here, depth + 1)
        return out


def _last(node: yaml.Node) -> int:
    """Return the last line of a node; the mark of a block lies at the start of the line behind it."""
    end = node.end_mark
    return max(int(end.line) + (end.column > 0), int(node.start_mark.line) + 1)


def _scalar(node: yaml.Node) -> Any:
    text = str(node.value)
    if getattr(node, "style", None):  # quoted or a block: a text
        return text
    if text in _NOTHING:
        return None
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _INTEGER.fullmatch(text) else text
