"""GitHub Actions: workflows, composite actions and the images that both run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import BUILD, Extracted, Extractor, Package, bounded, text_of
from secloop.stages.build.packages.containers.images import image_package
from secloop.stages.build.packages.yaml_lines import entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.scan.base import SourceFile
    from secloop.stages.build.packages.yaml_lines import Entry

ECOSYSTEM = "GitHub Actions"
"""OSV's name."""

_FOLDERS = lazy(r"(?:^|/)\.(?:github|gitea|forgejo)/workflows/[^/]+\.ya?ml")
_USES = lazy(r"([A-Za-z0-9][\w.-]*+/[\w.-]++)((?:/[^@\s]++)?)@([^\s@]++)")
_COMMIT = lazy(r"[0-9a-f]{40}")
_TOLD = lazy(r"(?:tag\s*=\s*|ratchet:\S*@|pin@)?(v?\d+(?:\.\d+)*(?:[-+][\w.]+)?)(?:\s.*)?")
_LOOKS = lazy(r"^(?:on|['\"]on['\"])\s*:", re.MULTILINE)
_JOBS = lazy(r"^jobs\s*:", re.MULTILINE)


class Workflow(Extractor):
    """Workflows of GitHub, Gitea and Forgejo, and `action.yml`."""

    name = "workflow"
    ecosystem = ECOSYSTEM

    def wants(self, path: str) -> bool:
        """Return whether a file of this path is a workflow or an action."""
        return bool(_FOLDERS.search(path)) or path.rpartition("/")[2] in {"action.yml", "action.yaml"}

    def extract(self, file: SourceFile) -> Extracted:
        """Return the actions, reusable workflows and images that are used."""
        return read_workflow(text_of(file))


def is_workflow(text: str) -> bool:
    """Return whether a YAML text is a workflow, wherever it stands (a template for other repositories)."""
    return bool(_LOOKS.search(text)) and bool(_JOBS.search(text))


def read_workflow(text: str) -> Extracted:
    """Return the actions, reusable workflows and images that a workflow or composite action uses."""
    kept, problems = bounded([found for entry in entries(text) for found in _used(entry)], [])
    return Extracted(packages=kept, problems=problems)


def _used(entry: Entry) -> Iterator[Package]:
    if entry.path[-1] == "uses" and "with" not in entry.path:
        if entry.value.startswith("docker://"):
            reference = entry.value.removeprefix("docker://")
        elif found := _action(entry):
            yield found
            return
        else:
            return
    elif _is_image(entry.path):
        reference = entry.value.removeprefix("docker://")
    else:
        return
    if package := image_package(reference, entry.line, BUILD):
        yield package


def _is_image(path: tuple[str, ...]) -> bool:
    """Return whether a key names the image of a job, of one of its services, or of a Docker action."""
    match path:
        case ("jobs", _, "container") | ("jobs", _, "container", "image") | ("jobs", _, "services", _, "image"):
            return True
        case ("runs", "image"):
            return True
    return False


def _action(entry: Entry) -> Package | None:
    """Return an action at its ref. A commit with its tag in the comment is that tag, pinned by the commit's hash."""
    found = _USES.fullmatch(entry.value)
    if found is None:
        return None
    name, ref = found[1], found[3]
    told = _TOLD.fullmatch(entry.comment) if _COMMIT.fullmatch(ref) else None
    return Package(
        key=f"{entry.value}:{entry.line}",
        name=name,
        version=told[1] if told else ref,
        line=entry.line,
        direct=True,
        scope=BUILD,
        ecosystem=ECOSYSTEM,
        hashes=(f"sha1:{ref}",) if _COMMIT.fullmatch(ref) else (),
    )
