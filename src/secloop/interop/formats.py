"""The one door to every output format; a codec is imported only when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from secloop.interop.base import Options
from secloop.model.errors import UsageError

if TYPE_CHECKING:
    from secloop.interop.base import Writer
    from secloop.model.report import Report
    from secloop.rules.base import RuleSet

_CODECS = {
    "table": "table:write",
    "json": "json_report:write",
    "sarif": "sarif:write_github",
    "sarif-full": "sarif:write_archive",
    "junit": "junit:write",
    "markdown": "markdown:write",
    "csv": "csv_rows:write",
    "gitlab": "gitlab:write_all",
    "gitlab-sast": "gitlab:write_sast",
    "gitlab-secrets": "gitlab:write_secrets",
    "gitlab-dependencies": "gitlab:write_dependencies",
    "html": "html:write",
}
FORMATS: tuple[str, ...] = tuple(_CODECS)
"""The names `--format` and `--report` take."""

PROSE = frozenset(name for name in FORMATS if name == "html" or name.startswith(("sarif", "gitlab")))
"""The formats that show the prose of rule pages, so their `rules` should be loaded with it."""

SOURCES = frozenset({"sarif", "sarif-full"})
"""The formats that read files through the option `sources`."""


def write(name: str, report: Report, rules: RuleSet | None = None, **options: Any) -> bytes:
    """Return `report` in the format called `name`, UTF-8 where it is text.

    `rules` adds the prose of rule pages; `options` are those of `base.Options`. Raises: UsageError for another name.
    """
    return codec(name)(report, rules, Options(**options))


def check(name: str) -> None:
    """Raise UsageError, with a suggestion, where `name` is no format."""
    if name not in _CODECS:
        import difflib

        near = difflib.get_close_matches(name.lower(), FORMATS, n=1)
        todo = f"Did you mean {near[0]}" if near else f"Choose one of {', '.join(FORMATS)}"
        raise UsageError(f"There is no output format {name!r}", todo)


def codec(name: str) -> Writer:
    """Return the codec of a format, imported now. Raises: UsageError for another name."""
    check(name)
    module, _, function = _CODECS[name].partition(":")
    return cast("Writer", getattr(import_module(f"secloop.interop.{module}"), function))
