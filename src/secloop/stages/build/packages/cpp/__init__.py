"""C and C++."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.cpp.conan import ConanFile, ConanLock
from secloop.stages.build.packages.cpp.vcpkg import Vcpkg

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

READERS: tuple[Extractor, ...] = (ConanLock(), ConanFile(), Vcpkg())
