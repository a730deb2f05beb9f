"""YAML as text, lists and tables that know the lines of their keys.

Every scalar stays the text that was written, so that the version `1.10` is not the number 1.1. The tree is built from
the parser's events without recursion; an alias shares the value of its anchor, which therefore cannot grow.
"""

from __future__ import annotations

from typing import Any

from secloop.model.errors import UnreadableError

MAX_DEPTH = 64
"""Levels of nesting; deeper documents are refused."""

MAX_NODES = 1_000_000
"""Values and keys of one document."""


class YamlTable(dict[str, Any]):
    """A mapping; `lines` holds the line (from 1) of each key. Keys that are not text are left out."""

    __slots__ = ("lines",)

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self.lines: dict[str, int] = {}

    def line(self, key: str) -> int:
        """Return the line of `key`, 1 where there is none."""
        return self.lines.get(key, 1)


class YamlList(list[Any]):
    """A sequence; `lines` holds the line (from 1) of each entry."""

    __slots__ = ("lines",)

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self.lines: list[int] = []


def parse_yaml(text: str) -> YamlTable:
    """Return the first document of `text`, empty for an empty one. Raises: UnreadableError unless it is a mapping."""
    value = _load(text)
    if value is None:
        return YamlTable()
    if not isinstance(value, YamlTable):
        raise UnreadableError("not a YAML mapping", 1)
    return value


def _load(text: str) -> Any:
    import yaml

    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if isinstance(event, yaml.DocumentEndEvent):
                break
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UnreadableError(f"not valid YAML: {error.problem}", line) from error
    except yaml.YAMLError as error:
        raise UnreadableError(f"not valid YAML: {str(error).splitlines()[0]}", 1) from error
    return builder.root


class _Builder:
    """The tree so far: open containers, each mapping with the key that waits for its value."""

    def __init__(self) -> None:
        self.root: Any = None
        self._open: list[YamlTable | YamlList] = []
        self._keys: list[tuple[Any, int] | None] = []
        self._names: list[str] = []
        self._anchors: dict[str, Any] = {}
        self._nodes = 0

    def take(self, event: Any) -> None:
        """Add one event. Raises: UnreadableError past the bounds."""
        import yaml

        if isinstance(event, yaml.ScalarEvent):
            self._add(event, event.value)
            self._anchors[event.anchor or ""] = event.value
        elif isinstance(event, yaml.AliasEvent):
            self._add(event, self._anchors.get(event.anchor or "", ""))
        elif isinstance(event, yaml.CollectionStartEvent):
            made = YamlTable() if isinstance(event, yaml.MappingStartEvent) else YamlList()
            self._add(event, made)
            if len(self._open) >= MAX_DEPTH:
                raise UnreadableError("nested too deep", _line(event))
            self._open.append(made)
            self._keys.append(None)
            self._names.append(event.anchor or "")
        elif isinstance(event, yaml.CollectionEndEvent):
            self._keys.pop()
            # Only now, so that nothing can hold itself.
            self._anchors[self._names.pop()] = self._open.pop()

    def _add(self, event: Any, value: Any) -> None:
        line = _line(event)
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise UnreadableError(f"more than {MAX_NODES} values", line)
        if not self._open:
            self.root = value
        elif isinstance(container := self._open[-1], YamlList):
            container.append(value)
            container.lines.append(line)
        else:
            self._pair(container, value, line)

    def _pair(self, container: YamlTable, value: Any, line: int) -> None:
        """Take a key of a mapping, or the value of the key before it; `<<` merges what is not there."""
        if (waiting := self._keys[-1]) is None:
            self._keys[-1] = (value, line)
            return
        self._keys[-1] = None
        key, at = waiting
        if isinstance(key, str) and not (key == "<<" and isinstance(value, YamlTable)):
            container[key] = value
            container.lines[key] = at
        elif isinstance(key, str):
            self._nodes += len(value)
            for name, merged in list(value.items()):
                container.setdefault(name, merged)
                container.lines.setdefault(name, at)


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1
