"""What package managers of operating systems have installed below a root file system."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.os.apk import ApkInstalled, ApkWorld
from secloop.stages.build.packages.os.chisel import ChiselManifest
from secloop.stages.build.packages.os.dpkg import DpkgStatus, DpkgStatusFile, OpkgStatus
from secloop.stages.build.packages.os.pacman import PacmanDesc
from secloop.stages.build.packages.os.release import OsRelease
from secloop.stages.build.packages.os.rpm import RpmDatabase
from secloop.stages.build.packages.os.stores import ContainerOptimizedOs, Flatpak, Homebrew, Portage, Snap

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

READERS: tuple[Extractor, ...] = (
    DpkgStatus(),
    DpkgStatusFile(),
    OpkgStatus(),
    ChiselManifest(),
    ApkInstalled(),
    ApkWorld(),
    RpmDatabase(),
    PacmanDesc(),
    OsRelease(),
    Portage(),
    Snap(),
    Homebrew(),
    Flatpak(),
    ContainerOptimizedOs(),
)
