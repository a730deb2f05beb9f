"""The flow of scanning a container image: its files as a container would see them, by every sensor.

An image is a target of its own: it is remembered under the ref `image/<repository>`, so that the next tag of it closes
what is fixed in it, and nothing of the project's files.
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
    from secloop.loop.project import Project
    from secloop.scan.collect import ScanResult
    from secloop.scan.images import Image
    from secloop.scan.sources import Source

_TAG = re.compile(r"(?::[^/:]+)?(?:@[^/@]+)?$")


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
    image = open_target(target, name=name, platform=platform, anonymous=anonymous)
    ref = f"image/{repository(image.name)}"
    own = msgspec.structs.replace(project.config.project, default_ref=ref)
    config = msgspec.structs.replace(project.config, project=own)
    target_project = replace(project, ref=ref, commit=image.digest, dirty=False, paths=(), config=config)
    return run_flow(target_project, options, ImageFlow(target_project, options, image))


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
class ImageFlow(FileFlow):
    """As a scan of files, over those of an image."""

    image: Image

    def gather(self) -> inputs.Inputs:
        """Return rules, sensors, and settings that say that what is found is installed. Raises: UsageError."""
        used = inputs.gather(self.project, self.options)
        return replace(used, settings=msgspec.structs.replace(used.settings, installed=True))

    def scan(self, used: inputs.Inputs, notes: list[str]) -> ScanResult:
        """Scan the image's files."""
        return inputs.scan_with(self.source(), self.project, self.options, used, notes)

    def source(self) -> Source:
        """Return the image's files, to be read again."""
        from secloop.scan.images import ImageSource

        return ImageSource(self.image, exclude=self.project.config.scan.exclude)
