"""Go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.golang.go_mod import GoMod, GoWork
from secloop.stages.build.packages.golang.go_sum import GoSum
from secloop.stages.build.packages.golang.vendor import VendorModules

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

READERS: tuple[Extractor, ...] = (GoMod(), GoWork(), GoSum(), VendorModules())
