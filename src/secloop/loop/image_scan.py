"""The flow of scanning what is installed: a container image, as a container would see it, or a root file system.

An image is a target of its own: it is remembered under the ref `image/<repository>`, so that the next tag of it closes
what is fixed in it, and nothing of the project's files. A root file system is a folder that names its system.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from secloop.loop import inputs
from secloop.loop.pipeline import FileFlow, Options, Outcome, run_flow
from secloop.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from secloop.loop.project import Project
    from secloop.scan.collect import ScanResult
    from secloop.scan.images import Image
    from secloop.scan.sources import Entry, Source

_TAG = re.compile(r"(?::[^/:]+)?(?:@[^/@]+)?$")
_SYSTEMS = ("usr/lib/os-release", "etc/os-release")


def is_image(paths: tuple[str, ...]) -> bool:
    """Return whether the only path that a scan was given is an image on disk."""
    from secloop.scan.images_local import is_image as is_stored_image

    return len(paths) == 1 and is_stored_image(Path(paths[0]))


def run_image(
    project: Project, options: Options, target: str, *, name: str = "", platform: str = "", anonymous: bool = False
) -> Outcome:
    """Scan the image `target`: a file, a folder, or a reference to pull from its registry; return the outcome.

    `name` chooses one of several images in a file, `platform` (`linux/arm64`) one of several systems; `anonymous`
    leaves logins to registries unread. Raises: UsageError when there is none, SecloopError as a scan.
    """
    if options.staged or options.since or options.baseline_ref:
        raise UsageError("An image has neither an index nor commits", "Leave --staged, --since and --baseline-ref out")
    if is_root(Path(target)):
        project = _target(project, Path(target).absolute().name or "root", "")
        return run_flow(project, options, RootFlow(project, options, Path(target)))
    image = open_target(target, name=name, platform=platform, anonymous=anonymous)
    project = _target(project, repository(image.name), image.digest)
    return run_flow(project, options, ImageFlow(project, options, image))


def _target(project: Project, name: str, digest: str) -> Project:
    """Return the project with an image as what its runs are about."""
    ref = f"image/{name}"
    own = msgspec.structs.replace(project.config.project, default_ref=ref)
    config = msgspec.structs.replace(project.config, project=own)
    return replace(project, ref=ref, commit=digest, dirty=False, paths=(), config=config)


def is_root(path: Path) -> bool:
    """Return whether a folder is the root file system of an installed system: it says which (os-release(5))."""
    return any((path / place).is_file() for place in _SYSTEMS) and not is_image((str(path),))


def open_target(target: str, *, name: str = "", platform: str = "", anonymous: bool = False) -> Image:
    """Return the image that `target` names: what exists on disk, else a reference. Raises: UsageError."""
    from secloop.scan.images_local import Platform, open_image

    wanted = Platform.parse(platform) if platform else None
    path = Path(target)
    if path.exists():
        return open_image(path, name=name, platform=wanted)
    from secloop.scan.oci import Reference, pull

    return pull(Reference.parse(target), platform=wanted, anonymous=anonymous)


def repository(name: str) -> str:
    """Return an image's name without tag and digest."""
    return _TAG.sub("", name) or name


@dataclass(frozen=True)
class _InstalledFlow(FileFlow):
    """As a scan of files, over those of an installed system."""

    def gather(self) -> inputs.Inputs:
        """Return rules, sensors, and settings that say that what is found is installed. Raises: UsageError."""
        used = inputs.gather(self.project, self.options)
        return msgspec.structs.replace(used, settings=msgspec.structs.replace(used.settings, installed=True))


@dataclass(frozen=True)
class RootFlow(_InstalledFlow):
    """A scan of the root file system in the folder `root`; no ignore file hides anything of it."""

    root: Path

    def scan(self, used: inputs.Inputs, notes: list[str]) -> ScanResult:
        """Scan the files below the root."""
        return _completed(inputs.scan_with(self.source(), self.project, self.options, used, notes), self._entries)

    def _entries(self, wanted: Callable[[str], bool]) -> Iterator[Entry]:
        return (entry for entry in self.source() if wanted(entry.path))

    def source(self) -> Source:
        """Return the files below the root."""
        from secloop.scan.sources import WorkTree

        return WorkTree(self.root, exclude=self.project.config.scan.exclude, no_ignore=True)


@dataclass(frozen=True)
class ImageFlow(_InstalledFlow):
    """A scan of the files of an image."""

    image: Image

    def scan(self, used: inputs.Inputs, notes: list[str]) -> ScanResult:
        """Scan the image's files; a finding tells its layer, and which package of the system it is part of."""
        from secloop.loop.image_layers import with_layers
        from secloop.scan.images import KeptImageSource

        source = KeptImageSource(self.image, exclude=self.project.config.scan.exclude)
        try:
            result = inputs.scan_with(source, self.project, self.options, used, notes)
            return with_layers(_completed(result, source.entries), source)
        finally:
            source.release()

    def source(self) -> Source:
        """Return the image's files, to be read again."""
        from secloop.scan.images import ImageSource

        return ImageSource(self.image, exclude=self.project.config.scan.exclude)


def _completed(result: ScanResult, entries: Callable[[Callable[[str], bool]], Iterable[Entry]]) -> ScanResult:
    """Return `result` with what the package manager's other files tell; `entries` gives the files of wanted paths."""
    from secloop.loop import image_licenses
    from secloop.loop.image_owners import with_owners
    from secloop.stages.build.packages.os import owners

    result = with_owners(result, lambda: entries(owners.tells))
    components = image_licenses.with_licenses(result.components, lambda: entries(image_licenses.tells))
    return msgspec.structs.replace(result, components=components)
