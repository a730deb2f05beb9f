"""What compiled programs say they were built from: Go's build information, and the list of cargo-auditable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.binaries.program import Program

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

READERS: tuple[Extractor, ...] = (Program(),)
