"""Why a text is worth a look, found by a pass over many texts together."""

from __future__ import annotations

from typing import NamedTuple


class Doubt(NamedTuple):
    """A rule may match in the text, or it may hold encoded runs."""

    plain: bool = True
    encoded: bool = True
