"""The Markdown of rule pages as safe HTML."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from secloop.interop.text import lines

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markupsafe import Markup


def prose(markdown: str) -> Markup:
    """Return Markdown as HTML without raw HTML or images; links keep http, https and mailto only."""
    from markupsafe import Markup

    return Markup(_parser().render(lines(markdown)))  # noqa: S704 - the parser escapes all HTML


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")
    return parser.disable(["image", "html_block", "html_inline", "heading", "lheading"])
