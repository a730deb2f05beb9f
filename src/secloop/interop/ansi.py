"""Terminal colours, or none: one value decides for a whole document."""

from __future__ import annotations

from secloop.model.base import Record
from secloop.model.enums import Severity

_CODES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "cyan": "36",
    "alarm": "1;31",
    Severity.CRITICAL: "1;31",
    Severity.HIGH: "31",
    Severity.MEDIUM: "33",
    Severity.LOW: "34",
    Severity.INFO: "2",
    Severity.UNKNOWN: "2",
}
"""SGR parameters by style; a severity is a style too."""


class Paint(Record, frozen=True):
    """Wraps text in SGR sequences (ECMA-48) when `on`; the text itself must already be free of escapes."""

    on: bool

    def __call__(self, style: str, text: str) -> str:
        """Return `text` in a style of `_CODES`."""
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if self.on and text else text
