"""Software bills of materials as sources of packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.sbom.documents import SbomDocument

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

READERS: tuple[Extractor, ...] = (SbomDocument(),)
