"""JavaScript and TypeScript: lock files before manifests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.javascript.bun import BunBinaryLock, BunLock
from secloop.stages.build.packages.javascript.deno import DenoJson, DenoLock
from secloop.stages.build.packages.javascript.npm import InstalledPackage, PackageJson, PackageLock
from secloop.stages.build.packages.javascript.pnpm import PnpmLock
from secloop.stages.build.packages.javascript.source import ImportedByAddress
from secloop.stages.build.packages.javascript.vscode import VsCodeExtensions, Vsix
from secloop.stages.build.packages.javascript.yarn import YarnLock

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

READERS: tuple[Extractor, ...] = (
    PackageLock(),
    YarnLock(),
    PnpmLock(),
    BunLock(),
    BunBinaryLock(),
    DenoLock(),
    Vsix(),
    VsCodeExtensions(),
    PackageJson(),
    InstalledPackage(),
    DenoJson(),
    ImportedByAddress(),
)
