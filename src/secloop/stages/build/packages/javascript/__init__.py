"""JavaScript and TypeScript: lock files before manifests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.javascript.npm import PackageJson, PackageLock
from secloop.stages.build.packages.javascript.pnpm import PnpmLock
from secloop.stages.build.packages.javascript.yarn import YarnLock

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

READERS: tuple[Extractor, ...] = (PackageLock(), YarnLock(), PnpmLock(), PackageJson())
