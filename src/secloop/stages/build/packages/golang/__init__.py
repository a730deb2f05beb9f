"""Go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.golang.go_mod import GoMod

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

READERS: tuple[Extractor, ...] = (GoMod(),)
