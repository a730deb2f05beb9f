"""From the files of a unit to resources in their normal form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from secloop.model.base import Record
from secloop.model.errors import UnreadableError
from secloop.resources.normal import normalise
from secloop.scan.comments import suppressions
from secloop.stages.deploy.iac.terraform.module import Root
from secloop.stages.deploy.iac.terraform.planned import planned
from secloop.stages.deploy.iac.terraform.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from secloop.model.finding import Suppression
    from secloop.model.resource import Resource
    from secloop.scan.base import SourceFile

CUT = 0.95
"""The share that counts as analysed of a root whose evaluation was cut."""

_OF_BLOCKS = frozenset({"checkov", "tfsec", "trivy"})


class Reading(Record, frozen=True):
    """What was read: resources, ignore comments that speak for whole blocks, problems as (reason, share) by file."""

    resources: tuple[Resource, ...]
    suppressions: tuple[Suppression, ...]
    problems: dict[str, tuple[str, float]]


def read_group(name: str, files: Mapping[str, SourceFile]) -> Reading:
    """Return what a group of files declares; the first word of its name says in which language."""
    language, _, folder = name.partition(":")
    if language != "terraform":
        return _read_documents(language, files)
    tree = Tree(files)
    root = Root(tree, "" if folder == "." else folder)
    resources = tuple(normalise(root.resources()))
    problems: dict[str, tuple[str, float]] = {}
    for document in tree.documents():
        if document.problems:
            first = document.problems[0]
            problems[document.path] = (f"line {first.line}: {first.reason}", document.share)
    for file, reason in root.problems:
        problems.setdefault(file, (reason, CUT))
    return Reading(resources, tuple(_of_blocks(resources, files)), problems)


def _read_documents(language: str, files: Mapping[str, SourceFile]) -> Reading:
    """Return what plans, manifests, Dockerfiles or workflows declare."""
    from secloop.stages.deploy.iac.documents import dockerfile, kubernetes, workflow

    found: list[Resource] = []
    problems: dict[str, tuple[str, float]] = {}
    for path, file in sorted(files.items()):
        try:
            if language == "dockerfile":
                found.append(dockerfile.resource(file.text, path))
            elif language == "planned":
                found += normalise(planned(file.data, path))
            elif language == "workflow":
                found += workflow.resources(file.text, path)
            else:
                found += kubernetes.objects(file.text, path)
        except UnreadableError as error:
            problems[path] = (f"line {error.line}: {error.reason}" if error.line else error.reason, 0.0)
    resources = tuple(kubernetes.linked(found) if language == "kubernetes" else found)
    return Reading(resources, (), problems)


def _of_blocks(resources: tuple[Resource, ...], files: Mapping[str, SourceFile]) -> Iterator[Suppression]:
    """Yield the ignore comments of other tools that hold for a whole block: in it, or right above it.

    Checkov's stand in the block; tfsec's and Trivy's above its head, and speak for the line they stand at otherwise.
    """
    by_file: dict[str, set[tuple[int, int]]] = {}
    for resource in resources:
        by_file.setdefault(resource.file, set()).add((resource.line, resource.end_line))
    for file, blocks in sorted(by_file.items()):
        for comment in suppressions(files[file]) if file in files else ():
            if comment.tool not in _OF_BLOCKS:
                continue
            for first, last in sorted(blocks):
                inside = comment.tool == "checkov" and first <= comment.line <= last
                if inside or comment.first <= first <= comment.last:
                    yield msgspec.structs.replace(comment, first=first, last=last)
