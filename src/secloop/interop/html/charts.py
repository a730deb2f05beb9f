"""Charts as SVG without styles or scripts of their own: colours come from classes, words from title and desc."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

Part = tuple[str, int]
"""A class name (a severity, a file class) and a count."""
_GAP = 1.5
_RADIUS = 42.0


def bar(parts: Sequence[Part], title: str, *, width: int = 300, height: int = 8) -> Markup:
    """Return one stacked bar; every part that is not zero stays visible, at least two units wide."""
    shown = [(name, number) for name, number in parts if number]
    total = sum(number for _, number in shown)
    room = width - _GAP * max(0, len(shown) - 1)
    least = 2.0
    flexible = room - least * len(shown)
    at, body = 0.0, [_rect("empty", 0, width, height)] if not shown else []
    for name, number in shown:
        wide = least + flexible * number / total
        body.append(_rect(name, at, wide, height))
        at += wide + _GAP
    return _svg(title, _told(shown), f"0 0 {width} {height}", "bar", body)


def donut(parts: Sequence[Part], title: str) -> Markup:
    """Return a ring of the parts with their sum in the middle."""
    shown = [(name, number) for name, number in parts if number]
    total = sum(number for _, number in shown)
    round_ = 2 * math.pi * _RADIUS
    body = [f'<circle class="empty" cx="60" cy="60" r="{_RADIUS:g}"/>']
    at = 0.0
    for name, number in shown:
        length = round_ * number / total
        drawn = max(length - (_GAP if len(shown) > 1 else 0), 0.8)
        dashes = f'stroke-dasharray="{drawn:.2f} {round_ - drawn:.2f}" stroke-dashoffset="{-at:.2f}"'
        body.append(f'<circle class="{name}" cx="60" cy="60" r="{_RADIUS:g}" {dashes} transform="rotate(-90 60 60)"/>')
        at += length
    body.append(f'<text x="60" y="59" class="total">{total:,}</text>')
    body.append(f'<text x="60" y="76" class="unit">{"finding" if total == 1 else "findings"}</text>')
    return _svg(title, _told(shown), "0 0 120 120", "donut", body)


def _told(parts: Sequence[Part]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in parts) or "none"


def _rect(name: str, x: float, width: float, height: int) -> str:
    return f'<rect class="{name}" x="{x:.2f}" y="0" width="{width:.2f}" height="{height}" rx="{min(2, height / 2):g}"/>'


def _svg(title: str, told: str, box: str, class_: str, body: Sequence[str]) -> Markup:
    from markupsafe import Markup, escape

    words = f"<title>{escape(title)}</title><desc>{escape(told)}</desc>"
    text = f'<svg class="{class_}" role="img" viewBox="{box}" preserveAspectRatio="none">{words}{"".join(body)}</svg>'
    return Markup(text)  # noqa: S704 - numbers and our own class names; the words are escaped
