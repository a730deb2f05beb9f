"""Why a text is worth a look, found by a pass over many texts together."""

from __future__ import annotations

from typing import NamedTuple


class Doubt(NamedTuple):
    """Some rules may match in the text, or it may hold encoded runs.

    `rules` are the indices of those rules; None says that nobody has asked yet.
    """

    rules: tuple[int, ...] | None = None
    encoded: bool = True
