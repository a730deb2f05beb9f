"""The report as one HTML file: no script, no request, a strict content security policy, light, dark and print."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from secloop.interop.html.page import page
from secloop.interop.html.prose import prose
from secloop.interop.text import quoted, visible

if TYPE_CHECKING:
    from jinja2 import Template

    from secloop.interop.base import Options
    from secloop.model.report import Report
    from secloop.rules.base import RuleSet


def write(report: Report, rules: RuleSet | None, options: Options) -> bytes:
    """Return the page. Everything that came from the scanned project is escaped; charts are SVG drawn here."""
    style = _style()
    text = _template().render(page=page(report, rules, options), style=style, style_hash=_csp_hash(style))
    return text.encode("utf-8", "backslashreplace")


@lru_cache(maxsize=1)
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=_shown,
        keep_trailing_newline=True,
    )
    environment.filters.update(prose=prose, quoted=quoted)
    return environment.from_string(files(__package__).joinpath("page.html.j2").read_text(encoding="utf-8"))


def _shown(value: Any) -> Any:
    """Return what Jinja is about to write, with control and bidirectional characters made visible."""
    from markupsafe import Markup

    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@lru_cache(maxsize=1)
def _style() -> Any:
    from markupsafe import Markup

    return Markup("\n" + files(__package__).joinpath("page.css").read_text(encoding="utf-8"))  # noqa: S704 - our own file


def _csp_hash(style: str) -> str:
    """Return the source expression that allows exactly this style element (CSP Level 3, section 2.3.1)."""
    return "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
