"""Which files are read together: a root module with all modules that it calls, told by the first bytes of files.

Only those bytes are at hand when groups are made. A module that is called further down in a long file is looked for
among the folders that hold modules by their names and among the folders below.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.scan.base import FileGroup
from secloop.stages.deploy.iac.documents.workflow import is_workflow
from secloop.stages.deploy.iac.terraform.planned import is_planned
from secloop.stages.deploy.iac.terraform.tree import is_configuration, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from secloop.scan.base import FileMeta

MAX_FOLDERS = 400
"""The most folders of one group."""

_SOURCE = lazy(rb'\bsource"?\s*[=:]\s*"(\.{1,2}/[^"$\n]{0,300})"')
_HEAD = 4096
_IMAGES = frozenset({"dockerfile", "containerfile"})
_IMAGE_ENDS = (".dockerfile", ".containerfile")
_NOT_IMAGES = (".md", ".py", ".go", ".ts", ".js", ".dockerignore", ".txt", ".json", ".yaml", ".yml", ".html")
_NOT_MANIFESTS = ("Chart.yaml", "Chart.yml", "kustomization.yaml", "kustomization.yml")


def groups(files: Sequence[FileMeta]) -> Iterator[FileGroup]:
    """Yield the groups of all languages, each named by its language and its folder or file."""
    others: list[FileMeta] = []
    manifests: dict[str, list[str]] = {}
    for file in files:
        if is_dockerfile(file.path):
            yield FileGroup(name=f"dockerfile:{file.path}", members=(file.path,))
        elif is_workflow(file.path):
            yield FileGroup(name=f"workflow:{file.path}", members=(file.path,))
        elif is_planned(file.path, file.head):
            yield FileGroup(name=f"planned:{file.path}", members=(file.path,))
        elif is_manifest(file):
            manifests.setdefault(posixpath.dirname(file.path), []).append(file.path)
        else:
            others.append(file)
    for folder, paths in sorted(manifests.items()):
        yield FileGroup(name=f"kubernetes:{folder or '.'}", members=tuple(sorted(paths)))
    yield from terraform_groups(others)


def is_dockerfile(path: str) -> bool:
    """Return whether a path names a Dockerfile or Containerfile."""
    name = path.rpartition("/")[2].lower()
    return (name.partition(".")[0] in _IMAGES and not name.endswith(_NOT_IMAGES)) or name.endswith(_IMAGE_ENDS)


def is_manifest(file: FileMeta) -> bool:
    """Return whether a file looks like a manifest of Kubernetes; a template of Helm is none before it is rendered."""
    if not file.path.endswith((".yaml", ".yml")) or b"{{" in file.head:
        return False
    return b"apiVersion:" in file.head and b"kind:" in file.head and not file.path.endswith(_NOT_MANIFESTS)


def terraform_groups(files: Sequence[FileMeta]) -> Iterator[FileGroup]:
    """Yield a group for each folder of configuration that no other folder calls, named by the folder."""
    folders: dict[str, list[FileMeta]] = {}
    beside: dict[str, list[str]] = {}
    for file in files:
        folder = posixpath.dirname(file.path)
        if is_configuration(file.path):
            folders.setdefault(folder, []).append(file)
        else:
            beside.setdefault(folder, []).append(file.path)
    calls = {folder: set(_called(folder, members, folders)) for folder, members in folders.items()}
    called = {other for folder, others in calls.items() for other in others if other != folder}
    for folder in _roots(folders, called, calls):
        wanted = _reachable(folder, calls)
        for other in wanted[:]:
            if any(file.size > _HEAD for file in folders[other]):
                wanted += _likely(folder, folders)
                break
        members = [
            path
            for one in dict.fromkeys(wanted[:MAX_FOLDERS])
            for path in [*(file.path for file in folders.get(one, ())), *_nearby(one, beside)]
        ]
        yield FileGroup(name=f"terraform:{folder or '.'}", members=tuple(members))


def _roots(folders: Iterable[str], called: set[str], calls: Mapping[str, set[str]]) -> Iterator[str]:
    """Yield the folders that nobody calls, and one of each circle of folders that only call each other."""
    reached: set[str] = set()
    for folder in sorted(folders):
        if folder not in called:
            reached.update(_reachable(folder, calls))
            yield folder
    for folder in sorted(folders):
        if folder not in reached:
            reached.update(_reachable(folder, calls))
            yield folder


def _called(folder: str, members: Sequence[FileMeta], folders: Mapping[str, object]) -> Iterator[str]:
    for file in members:
        for found in _SOURCE.finditer(file.head):
            target = joined(folder, found[1].decode("utf-8", "replace"))
            if target is not None and target in folders:
                yield target


def _reachable(folder: str, calls: Mapping[str, set[str]]) -> list[str]:
    found = [folder]
    for one in found:
        found += [other for other in sorted(calls.get(one, ())) if other not in found]
        if len(found) > MAX_FOLDERS:
            break
    return found


def _likely(folder: str, folders: Iterable[str]) -> list[str]:
    """Return the folders that a long file may call: those below, and those that say they hold modules."""
    below = f"{folder}/" if folder else ""
    top = folder.partition("/")[0]
    return [
        one
        for one in sorted(folders)
        if one.startswith(below) or ("module" in one and (one.partition("/")[0] == top or "/" not in folder))
    ][:MAX_FOLDERS]


def _nearby(folder: str, beside: Mapping[str, list[str]]) -> list[str]:
    """Return the files beside a module, and one folder down, that its expressions may read."""
    below = f"{folder}/" if folder else ""
    return [path for one, paths in beside.items() if one == folder or _is_child(one, below) for path in paths]


def _is_child(folder: str, below: str) -> bool:
    return folder.startswith(below) and "/" not in folder[len(below) :]
