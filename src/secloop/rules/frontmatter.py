"""The YAML in front of a rule page: read within bounds, plain values only, with the line of every key.

A page may come from a repository that is being scanned, so nothing here trusts it: no anchors and aliases (they make
small files explode), no tags (they name types), bounded depth and size, no key twice.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from secloop.model.errors import UsageError
from secloop.model.regex import lazy

if TYPE_CHECKING:
    from collections.abc import Iterator

    import yaml

MAX_BYTES = 64 << 10
"""The most bytes the front matter may have."""

MAX_DEPTH = 32
"""The most levels of nesting, far above what any engine's matcher needs."""

_MAX_INT = 1 << 63
_STEP = lazy(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]")


class PageError(UsageError):
    """Something wrong on a line of a page; its message starts with `path:line:`."""

    def __init__(self, source: str, line: int, what: str, todo: str) -> None:
        """Put `source` (the page's path) and `line` (from 1) before `what`."""
        self.line = line
        super().__init__(f"{source}:{line}: {what}", todo)


class FrontMatter:
    """The keys of a page as plain values, and the line each stands on."""

    def __init__(self, data: dict[str, Any], node: yaml.Node, source: str) -> None:
        """Hold what `read` found; `node` is the composed YAML that `data` was made from."""
        self.data = data
        self._node = node
        self._source = source

    def line(self, path: str) -> int:
        """Return the page's line of a path such as `$.matchers[1].id`; of its nearest known ancestor when unknown."""
        node = self._node
        for name, index in _STEP.findall(path):
            child = _child(node, name, index)
            if child is None:
                break
            node = child
        return int(node.start_mark.line) + 2

    def error(self, path: str, what: str, todo: str) -> PageError:
        """Return an error about the value at `path`."""
        return PageError(self._source, self.line(path), what, todo)


def read(text: str, source: str) -> FrontMatter:
    """Return the values of the YAML mapping `text`, which starts on line 2 of the page `source`.

    Raises: PageError for anything but plain values (text, whole and decimal numbers, booleans, null, lists, mappings).
    """
    import yaml

    if len(text) > MAX_BYTES:
        raise PageError(source, 1, f"the front matter has over {MAX_BYTES >> 10} KiB", "Shorten it")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _refuse_tricks(yaml.parse(text, loader), source)
        node = yaml.compose(text, loader)
        if not isinstance(node, yaml.MappingNode):
            raise PageError(
                source, 2, "the front matter is no mapping", "Write `key: value` lines between the --- lines"
            )
        _refuse_duplicates(node, source)
        page = FrontMatter(yaml.load(text, loader), node, source)  # noqa: S506 - a safe loader, tags refused above
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise PageError(
            source, line, f"the YAML is broken ({error.problem})", "Quote text that holds : # { } or @"
        ) from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        what = " ".join(str(error).split())[:120]
        raise PageError(source, 1, f"the YAML is broken ({what})", "Quote it if it is meant as text") from error
    _refuse_unplain(page, page.data, "$")
    return page


def _refuse_tricks(events: Iterator[yaml.Event], source: str) -> None:
    """Refuse aliases, anchors, tags, depth and a second document, before anything is built from them."""
    import yaml

    depth = documents = 0
    for event in events:
        line = event.start_mark.line + 2 if event.start_mark else 1
        documents += isinstance(event, yaml.DocumentStartEvent)
        if documents > 1:
            raise PageError(source, line, "there is a second YAML document", "Keep one")
        if getattr(event, "anchor", None) is not None:
            raise PageError(source, line, "YAML anchors and aliases are not allowed", "Write the value out")
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise PageError(source, line, f"the YAML tag {tag} is not allowed", "Write a plain value")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise PageError(source, line, f"the YAML is nested over {MAX_DEPTH} levels deep", "Flatten it")


def _refuse_duplicates(node: yaml.Node, source: str) -> None:
    """Refuse a key given twice: YAML would silently keep the last."""
    import yaml

    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise PageError(source, key.start_mark.line + 2, f"the key {key.value} is given twice", "Keep one")
            seen.add(str(key.value))
            _refuse_duplicates(value, source)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_duplicates(item, source)


def _refuse_unplain(page: FrontMatter, value: Any, path: str) -> None:
    """Refuse what JSON and msgpack cannot hold: dates, sets, bytes, huge or endless numbers, keys that are no text."""
    match value:
        case None | bool() | str():
            return
        case int() if -_MAX_INT <= value < _MAX_INT:
            return
        case float() if math.isfinite(value):
            return
        case list():
            for index, item in enumerate(value):
                _refuse_unplain(page, item, f"{path}[{index}]")
        case dict():
            for key, item in value.items():
                if not isinstance(key, str):
                    raise page.error(path, f"the key {key!r} is no text", "Quote it")
                _refuse_unplain(page, item, f"{path}.{key}")
        case _:
            raise page.error(path, f"YAML reads this value as a {type(value).__name__}", "Quote it")


def _child(node: yaml.Node, name: str, index: str) -> yaml.Node | None:
    import yaml

    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == name), None)
    if isinstance(node, yaml.SequenceNode) and index and int(index) < len(node.value):
        item: yaml.Node = node.value[int(index)]
        return item
    return None
