"""JavaScript and TypeScript: lock files before manifests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.javascript.npm import PackageJson, PackageLock

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

READERS: tuple[Extractor, ...] = (PackageLock(), PackageJson())
