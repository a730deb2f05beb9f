"""R."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.r.renv import Description, RenvLock

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

READERS: tuple[Extractor, ...] = (RenvLock(), Description())
