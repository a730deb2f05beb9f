""".NET: NuGet's locks, what the SDK writes, project files with central versions, and Paket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.dotnet.assets import DepsJson, ProjectAssets
from secloop.stages.build.packages.dotnet.lock import PackagesLock
from secloop.stages.build.packages.dotnet.nuspec import Nuspec
from secloop.stages.build.packages.dotnet.packages_config import PackagesConfig
from secloop.stages.build.packages.dotnet.paket import PaketDependencies, PaketLock
from secloop.stages.build.packages.dotnet.projects import ProjectFile, PropsFile
from secloop.stages.build.packages.dotnet.tools import GlobalJson, ToolManifest

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

READERS: tuple[Extractor, ...] = (
    PackagesLock(),
    ProjectAssets(),
    DepsJson(),
    ProjectFile(),
    PropsFile(),
    PackagesConfig(),
    PaketLock(),
    PaketDependencies(),
    ToolManifest(),
    GlobalJson(),
    Nuspec(),
)
