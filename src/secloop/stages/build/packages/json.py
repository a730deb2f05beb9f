"""JSON for manifests and lock files: whole documents, and the lines of their keys."""

from __future__ import annotations

from collections import deque
from typing import Any

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import UnreadableError

_STRING = lazy(r"\"((?:[^\"\\]++|\\.)*+)\"(?:\s*+:\s*+(?=([{\"\[])))?")
_BYTE = lazy(r"\(byte (\d+)\)")


def parse_json(text: str) -> dict[str, Any]:
    """Return the object that `text` holds. Raises: UnreadableError with the line of the error."""
    import msgspec

    try:
        document = msgspec.json.decode(text.encode("utf-8", "replace"))
    except msgspec.DecodeError as error:
        found = _BYTE.search(str(error))
        line = text.encode("utf-8", "replace").count(b"\n", 0, int(found[1])) + 1 if found else text.count("\n") + 1
        reason = _BYTE.split(str(error))[0].removeprefix("JSON is malformed:").strip()
        raise UnreadableError(f"not valid JSON: {reason}", line) from error
    except RecursionError as error:
        raise UnreadableError("not usable JSON: nested too deep") from error
    if not isinstance(document, dict):
        raise UnreadableError("not a JSON object", 1)
    return document


class Lines:
    """Where keys stand in a JSON text: lines in order of appearance, taken in the order of the document.

    Only keys whose value starts with a character of `opener` count, so that versions do not look like packages.
    """

    def __init__(self, text: str, opener: str = "{") -> None:
        """Read `text` once."""
        self._lines: dict[str, deque[int]] = {}
        line, at = 1, 0
        for found in _STRING.finditer(text):
            if found[2] and found[2] in opener:
                line += text.count("\n", at, found.start())
                at = found.start()
                self._lines.setdefault(found[1], deque()).append(line)

    def take(self, key: str) -> int:
        """Return the line of the next not yet taken occurrence of `key`; the last one again; 1 if there is none."""
        lines = self._lines.get(key)
        if not lines:
            return 1
        return lines.popleft() if len(lines) > 1 else lines[0]

    def enter(self, section: str) -> None:
        """Forget the keys that stand before the first line of `section`, so that `take` finds those inside it."""
        start = (self._lines.get(section) or [0])[0]
        for lines in self._lines.values():
            while len(lines) > 1 and lines[0] < start:
                lines.popleft()
