"""GitLab CI: the images of jobs and services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.base import BUILD, Extracted, Extractor, bounded, text_of
from secloop.stages.build.packages.containers.images import image_package
from secloop.stages.build.packages.yaml_lines import ITEM, entries

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile

_NOT_JOBS = frozenset({"variables", "include", "stages", "workflow", "spec"})


class GitLabCi(Extractor):
    """`.gitlab-ci.yml`. A reference with variables that only the server knows keeps its name where that is plain."""

    name = "gitlab-ci"
    ecosystem = "Docker"

    def wants(self, path: str) -> bool:
        """Return whether GitLab reads this file."""
        return path.endswith((".gitlab-ci.yml", ".gitlab-ci.yaml"))

    def extract(self, file: SourceFile) -> Extracted:
        """Return the images."""
        found = (image_package(one.value, one.line, BUILD) for one in entries(text_of(file)) if _is_image(one.path))
        kept, problems = bounded([package for package in found if package], [])
        return Extracted(packages=kept, problems=problems)


def _is_image(path: tuple[str, ...]) -> bool:
    if path[0] in _NOT_JOBS:
        return False
    inner = path if path[0] in {"image", "services"} else path[1:]
    return inner in {("image",), ("image", "name"), ("services", ITEM), ("services", ITEM, "name")}
