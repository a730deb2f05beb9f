"""Swift, CocoaPods and Carthage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.swift.cocoapods import PodfileLock
from secloop.stages.build.packages.swift.swiftpm import Cartfile, PackageResolved, PackageSwift
from secloop.stages.build.packages.swift.xcode import XcodeProject

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

READERS: tuple[Extractor, ...] = (PackageResolved(), PackageSwift(), PodfileLock(), Cartfile(), XcodeProject())
