"""What every output codec takes and gives: a report in, bytes out, nothing else touched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from secloop.interop.text import escaped, scrub
from secloop.model.base import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from secloop.model.enums import Stage
    from secloop.model.report import Report
    from secloop.rules.base import RuleSet

HOME = "https://github.com/secloop/secloop"
"""Where reports point a reader who wants to know what made them."""


class Options(Record, frozen=True, kw_only=True):
    """What a caller may ask of a codec; one that does not know an option ignores it.

    `width` is in terminal columns. `sources` returns a file's bytes by its path below the root, or None where it
    cannot be read. `summary` adds the table of all eight stages, where `planned` says what a stage that is not covered
    will look at. `target` names what was scanned when one repository uploads several reports; else the project id.
    """

    width: int = 80
    color: bool = False
    quiet: bool = False
    verbose: bool = False
    summary: bool = False
    planned: Mapping[Stage, str] = msgspec.field(default_factory=dict)
    sources: Callable[[str], bytes | None] | None = None
    target: str = ""


class Writer(Protocol):
    """A codec: pure, the same report always gives the same bytes."""

    def __call__(self, report: Report, rules: RuleSet | None, options: Options) -> bytes:
        """Return the report in this codec's format; `rules` adds the prose of rule pages."""
        ...


def json_bytes(value: Any) -> bytes:
    """Return indented JSON in UTF-8 with a final newline, keys in the order of `value`.

    Bytes of file names that are not UTF-8 are shown as a backslash, x and two hex digits; characters that would fool a
    viewer are escaped.
    """
    try:
        raw = msgspec.json.encode(value)
    except UnicodeEncodeError:  # a lone surrogate: only then pay for a walk over every string
        raw = msgspec.json.encode(scrub(msgspec.to_builtins(value)))
    return msgspec.json.format(escaped(raw), indent=2) + b"\n"
