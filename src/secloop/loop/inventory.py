"""What the project is made of, as an inventory: from its files, from a git ref, or from an SBOM."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from secloop.loop import inputs, inventory_text, log, output
from secloop.loop.clock import now
from secloop.loop.pipeline import Options
from secloop.loop.project import open_project
from secloop.model.enums import FileClass
from secloop.model.errors import Exit, UsageError
from secloop.model.inventory import Inventory, Item

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from secloop.loop.project import Project
    from secloop.model.facts import Component
    from secloop.scan.sources import Source

SENSOR = "dependencies"
_MOST_GAPS = 5
_SYSTEMS = ("usr/lib/os-release", "etc/os-release")


class Gathered(NamedTuple):
    """An inventory and what could not be read for it, one line each."""

    inventory: Inventory
    gaps: tuple[str, ...] = ()


def gather(
    project: Project,
    options: Options,
    source: Source | None = None,
    subject: Item | None = None,
    *,
    installed: bool = False,
    complete: Callable[[Iterable[Component]], tuple[Component, ...]] = tuple,
) -> Gathered:
    """Return the inventory of the project's files, or of `source`; `installed` says that these are an installed system.

    `complete` adds to components what their files do not tell. Raises: UsageError.
    """
    from secloop.loop.manifests import Manifests
    from secloop.rules.base import RuleSet
    from secloop.stages.build.sbom import compose

    notes: list[str] = []
    used = inputs.only(project, SENSOR, RuleSet(()))  # without rules nothing is matched: only what is there counts
    settings = msgspec.structs.replace(used.settings, installed=installed, comments=False)
    used = inputs.Inputs(rules=used.rules, sensors=used.sensors, settings=settings)
    files = Manifests(source or inputs.source_of(project, options))
    result = inputs.scan_with(files, project, options, used, notes)
    made = compose.inventory_of(complete(result.components), subject or subject_of(project))
    gaps = [f"{gap.file}: {gap.reason}" for gap in result.gaps if gap.outcome is not FileClass.EXCLUDED]
    if not made.items:
        log.line("note", f"no package found: no lock file or manifest in {project.root}")
    made = msgspec.structs.replace(made, context="post-build" if installed else "pre-build")
    return Gathered(inventory=_stamped(made), gaps=tuple(gaps))


def _stamped(made: Inventory) -> Inventory:
    """Return an inventory that says when and by what it was made."""
    return msgspec.structs.replace(made, created=now(), tools=(f"secloop {inputs.version()}",))


def subject_of(project: Project, given: dict[str, Any] | None = None) -> Item:
    """Return what the inventory is of: the project at its commit, or as `--name`, `--version` and `--supplier` say."""
    given = given or {}
    host, _, path = project.id.partition("/")
    release = given.get("version") or project.commit
    purl = (
        f"pkg:github/{path.lower()}" if host == "github.com" and path.count("/") == 1 and not given.get("name") else ""
    )
    return Item(
        ref="",
        name=given.get("name") or project.id,
        version=release,
        purl=f"{purl}@{release}" if purl and release else purl,
        kind="application",
        supplier=given.get("supplier") or "",
    )


def read_target(target: str, given: dict[str, Any]) -> Gathered:
    """Return the inventory of an SBOM, an image on disk, a root file system, a folder, or a git ref of the project.

    Raises: UsageError.
    """
    path = Path(target)
    if _is_image((target,)):
        return _of_image(target, given)
    if _is_root((target,)):
        return _of_root(path, given)
    if path.is_file():
        return Gathered(inventory=read_file(path))
    if path.is_dir():
        return gather(open_project((target,), root=given["root"], ref=given["ref"]), Options())
    project = open_project((given["root"] or ".",), root=given["root"], ref=given["ref"])
    if project.git is None:
        raise UsageError(f"{target} is no file or folder, and there is no git repository here", "Check the path")
    from secloop.scan.sources import Commit

    source = Commit(project.root, target, exclude=project.config.scan.exclude)
    return gather(project, Options(), source, msgspec.structs.replace(subject_of(project), version=target))


def _is_image(paths: Sequence[str]) -> bool:
    """Return whether the only path is an image; a folder without an OCI index is none, and costs no more than that."""
    if len(paths) != 1 or (Path(paths[0]).is_dir() and not (Path(paths[0]) / "index.json").exists()):
        return False
    from secloop.loop.image_scan import is_image

    return is_image(tuple(paths))


def _is_root(paths: Sequence[str]) -> bool:
    """Return whether the only path is the folder of a root file system."""
    if len(paths) != 1 or not any((Path(paths[0]) / place).is_file() for place in _SYSTEMS):
        return False
    from secloop.loop.image_scan import is_root

    return is_root(Path(paths[0]))


def _of_root(root: Path, given: dict[str, Any]) -> Gathered:
    """Return the inventory of what is installed below the root of a system."""
    from secloop.loop.image_licenses import tells, with_licenses
    from secloop.scan.sources import WorkTree

    project = open_project((given["root"] or ".",), root=given["root"], ref=given["ref"])

    def files() -> WorkTree:
        return WorkTree(root, exclude=project.config.scan.exclude, no_ignore=True)

    def complete(components: Iterable[Component]) -> tuple[Component, ...]:
        return with_licenses(components, lambda: (entry for entry in files() if tells(entry.path)))

    subject = Item(ref="", name=root.absolute().name or "root", kind="operating-system")
    return gather(project, Options(), files(), subject, installed=True, complete=complete)


def _of_image(target: str, given: dict[str, Any]) -> Gathered:
    """Return the inventory of an image on disk, its subject the image by name and digest."""
    from secloop.loop.image_licenses import tells, with_licenses
    from secloop.loop.image_scan import open_target
    from secloop.scan.images import KeptImageSource

    image = open_target(target)
    project = open_project((given["root"] or ".",), root=given["root"], ref=given["ref"])
    subject = Item(ref="", name=image.name or Path(target).name, version=image.digest, kind="container")
    source = KeptImageSource(image, exclude=project.config.scan.exclude)

    def complete(components: Iterable[Component]) -> tuple[Component, ...]:
        return with_licenses(components, lambda: source.entries(tells))

    try:
        return gather(project, Options(), source, subject, installed=True, complete=complete)
    finally:
        source.release()


def read_file(path: Path) -> Inventory:
    """Return the inventory of an SBOM file. Raises: UsageError."""
    from secloop.interop.sbom import codec
    from secloop.interop.sbom.document import MAX_BYTES

    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"Cannot read {path}: {error.strerror}", "Check the path") from error
    found = codec.read(data, str(path))
    for problem in found.problems[:_MOST_GAPS]:
        log.line("note", f"{path}: {problem}")
    return found


def write(given: dict[str, Any]) -> int:
    """Write the SBOM that the flags ask for; return the exit code: 3 where a file could not be read."""
    from secloop.interop.sbom import codec

    codec.check(given["format_"])
    found = _wanted(given)
    if given["installed"]:
        found = found._replace(inventory=_completed(found.inventory, given["paths"]))
    made = msgspec.structs.replace(found.inventory, authors=tuple(given["authors"]))
    output.give(codec.write(made, given["format_"]), given["output"])
    tell(found.gaps)
    if given["output"]:
        log.line("wrote", f"wrote {len(made.items)} components to {given['output']}")
    return int(Exit.INCOMPLETE) if found.gaps else int(Exit.OK)


def _wanted(given: dict[str, Any]) -> Gathered:
    """Return what `write` writes: an image, root or SBOM where the only path is one, else the project's files."""
    paths = given["paths"]
    if _is_image(paths) or _is_root(paths) or (len(paths) == 1 and _is_sbom(Path(paths[0]))):
        found = read_target(paths[0], given)
        own = {"name": given["name"], "version": given["version"], "supplier": given["supplier"]}
        subject = msgspec.structs.replace(
            found.inventory.subject, **{key: value for key, value in own.items() if value}
        )
        return found._replace(inventory=_stamped(msgspec.structs.replace(found.inventory, subject=subject)))
    project = open_project(paths, root=given["root"], ref=given["ref"])
    options = Options(command="build sbom", no_ignore=given["no_ignore"], no_cache=given["no_cache"])
    return gather(project, options, subject=subject_of(project, given))


def _completed(inventory: Inventory, paths: Sequence[str]) -> Inventory:
    """Return the inventory with what is installed below the folders given, the current one where there are none."""
    from secloop.loop.installed import completed
    from secloop.stages.build.licenses.texts import look

    for path in paths or (".",):
        if Path(path).is_dir():
            inventory = completed(inventory, look(Path(path)))
    return inventory


def _is_sbom(path: Path) -> bool:
    """Return whether a file has the name of an SBOM; a lock file is none, and is read as part of its project."""
    from secloop.stages.build.packages.sbom.documents import SbomDocument

    return path.is_file() and SbomDocument().wants(path.name)


def merge(given: dict[str, Any]) -> None:
    """Write several inventories as one SBOM. Raises: UsageError."""
    from secloop.interop.sbom import codec
    from secloop.stages.build.sbom import compose

    codec.check(given["format_"])
    found = [read_target(target, given).inventory for target in given["targets"]]
    subject = Item(ref="", name=given["name"], version=given["version"], kind="application")
    made = compose.merge(found, subject)
    made = _stamped(made)
    output.give(codec.write(made, given["format_"]), given["output"])
    log.line("wrote", f"merged {len(found)} SBOMs into {len(made.items)} components")


def diff(given: dict[str, Any]) -> str:
    """Return what changed from one target to another, as text. Raises: UsageError."""
    from secloop.stages.build.sbom.diff import diff as changes

    old, new = read_target(given["old"], given), read_target(given["new"], given)
    tell((*old.gaps, *new.gaps))
    return inventory_text.changes(changes(old.inventory, new.inventory), given["format_"])


def score(given: dict[str, Any]) -> tuple[str, int]:
    """Return the score of a target as text, and the exit code: 1 below `--min`. Raises: UsageError."""
    from secloop.stages.build.sbom.score import score as rate

    found = read_target(given["target"], given)
    tell(found.gaps)
    rated = rate(found.inventory)
    passed = rated.totals[given["profile"]] >= given["least"]
    return inventory_text.scores(rated, given["format_"]), int(Exit.OK if passed else Exit.POLICY_FAILED)


def tree(given: dict[str, Any]) -> str:
    """Return the dependency tree of a target as text. Raises: UsageError."""
    from secloop.stages.build.sbom import paths

    found = read_target(given["target"], given)
    tell(found.gaps)
    return inventory_text.tree(found.inventory, list(paths.tree(found.inventory, given["depth"])))


def why(given: dict[str, Any]) -> str:
    """Return how a package comes into a target, as text. Raises: UsageError where it is not in it."""
    from secloop.stages.build.sbom import paths

    found = read_target(given["target"], given)
    tell(found.gaps)
    items = paths.matching(found.inventory, given["package"])
    if not items:
        import difflib

        names = sorted({item.name for item in found.inventory.items})
        near = difflib.get_close_matches(given["package"].partition("@")[0], names, n=3)
        todo = f"Did you mean {', '.join(near)}" if near else "See secloop build tree"
        raise UsageError(f"No package {given['package']} among {len(names)} packages", todo)
    return inventory_text.ways([(item, paths.ways_in(found.inventory, item)) for item in items])


def tell(gaps: tuple[str, ...]) -> None:
    """Say on stderr what could not be read."""
    for gap in gaps[:_MOST_GAPS]:
        log.line("note", f"incomplete: could not read {gap}")
    if len(gaps) > _MOST_GAPS:
        log.line("note", f"incomplete: and {len(gaps) - _MOST_GAPS} more files")
