"""PHP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.php.composer import ComposerJson, ComposerLock, InstalledJson

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

READERS: tuple[Extractor, ...] = (ComposerLock(), ComposerJson(), InstalledJson())
