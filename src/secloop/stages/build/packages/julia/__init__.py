"""Julia."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.julia.pkg import Manifest, Project

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

READERS: tuple[Extractor, ...] = (Manifest(), Project())
