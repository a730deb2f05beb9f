"""Java, Kotlin and Scala: Maven, Gradle, sbt, Bazel, and the archives that they build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.java.archive import JavaArchive, PomProperties
from secloop.stages.build.packages.java.bazel import BazelFile, MavenInstall
from secloop.stages.build.packages.java.catalogue import VersionCatalogue
from secloop.stages.build.packages.java.gradle_build import GradleBuild
from secloop.stages.build.packages.java.gradle_lock import BuildscriptLock, GradleLock
from secloop.stages.build.packages.java.pom import PomXml, RepositoryPom
from secloop.stages.build.packages.java.sbt import SbtLock
from secloop.stages.build.packages.java.verification import VerificationMetadata

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

READERS: tuple[Extractor, ...] = (
    GradleLock(),
    BuildscriptLock(),
    PomXml(),
    RepositoryPom(),
    VersionCatalogue(),
    GradleBuild(),
    VerificationMetadata(),
    SbtLock(),
    MavenInstall(),
    BazelFile(),
    JavaArchive(),
    PomProperties(),
)
