"""What a scan works with: rules, sensors, settings, feeds, and the source of files."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from secloop.loop.clock import today
from secloop.loop.project import WORKTREE
from secloop.model.base import Record
from secloop.model.config import seconds
from secloop.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from secloop.loop.pipeline import Options
    from secloop.loop.project import Project
    from secloop.model.run import Feed
    from secloop.rules.base import RuleSet
    from secloop.scan.base import Sensor, Settings
    from secloop.scan.collect import ScanResult
    from secloop.scan.sources import Source


_MOST_PATHS = 100
_SBOM_ENDS = (".json", ".xml", ".rdf", ".txt", ".tag")
_SBOM_MARKS = (b'"bomFormat"', b"cyclonedx.org/schema/bom", b'"spdxVersion"', b"SPDXVersion:", b"spdx.org/rdf/terms")

STARTER = "-starter"
"""The end of the name of a feed that ships with a sensor, so that it works before a real one is at hand."""


class Inputs(Record, frozen=True, kw_only=True):
    """Everything a scan needs but the files."""

    rules: RuleSet
    sensors: tuple[Sensor, ...]
    settings: Settings


def version() -> str:
    """Return secloop's own version."""
    from secloop import __version__

    return __version__


def is_worktree(project: Project) -> bool:
    """Return whether the run's ref is the uncommitted work tree, which never closes findings."""
    return project.ref == WORKTREE


def load_rules(project: Project, *, prose: bool = False) -> RuleSet:
    """Return the built-in pages and the project's own, with its severity overrides; with `prose`, their text too.

    Raises: UsageError for a bad page, or an override of a rule that does not exist.
    """
    from secloop.rules import index

    folders = [project.root / path for path in project.config.rules.paths]
    rules = index.load([f for f in folders if f.is_dir()], project.config.rules.severity, prose=prose)
    for name in project.config.rules.severity:
        if rules.page(name) is None:
            raise UsageError(f"[rules] severity names the rule {name}, which does not exist", "See secloop rules list")
    return rules


def gather(project: Project, options: Options) -> Inputs:
    """Return the inputs of a scan. Raises: UsageError."""
    from secloop.scan import registry
    from secloop.scan.base import Settings

    settings = Settings(
        config=project.config,
        root=str(project.root),
        identity_key=project.identity_key(),
        advisories=_advisories(project, options),
        today=today(),
    )
    sensors = registry.load_sensors(project.config.scan.disable, staged=options.staged)
    return Inputs(rules=load_rules(project), sensors=tuple(sensors), settings=settings)


def only(project: Project, name: str, rules: RuleSet | None = None) -> Inputs:
    """Return the rules (all of them where none are given), one sensor and the settings.

    Raises: UsageError where the project turned the sensor off.
    """
    from secloop.scan import registry
    from secloop.scan.base import Settings

    if name in project.config.scan.disable:
        raise UsageError(f"[scan] disable names {name}", "Take it out to run this command")
    found = next((one for one in registry.registered() if one.name == name), None)
    if found is None:
        raise UsageError(f"The sensor {name} is not installed", "Reinstall secloop")
    settings = Settings(
        config=project.config, root=str(project.root), identity_key=project.identity_key(), today=today()
    )
    return Inputs(rules=load_rules(project) if rules is None else rules, sensors=(found.load(),), settings=settings)


def scan_source(project: Project, options: Options, used: Inputs, notes: list[str]) -> ScanResult:
    """Scan the source that the options ask for. Raises: UsageError for an unknown ref."""
    result = scan_with(source_of(project, options), project, options, used, notes)
    notes.extend(_unnamed_sboms(project))
    if project.paths and not result.files.seen and not options.staged and not options.since:
        raise UsageError(f"Nothing matches {', '.join(project.paths)} below {project.root}", "Check the path or glob")
    return result


def _unnamed_sboms(project: Project) -> Iterator[str]:
    """Yield a note for each SBOM among the paths given that its name does not tell: in a tree, names decide."""
    for path in project.paths[:_MOST_PATHS]:
        whole = project.root / path
        if not whole.is_file() or not whole.suffix.lower().startswith(_SBOM_ENDS):
            continue
        from secloop.stages.build.packages.registry import extractor_for

        try:
            with whole.open("rb") as file:
                head = file.read(4096)
        except OSError:
            continue  # the scan names it as a gap
        if any(mark in head for mark in _SBOM_MARKS) and extractor_for(path) is None:
            yield f"{path} looks like an SBOM, and is judged as one when its name says so: *.cdx.json, *.spdx, bom.xml"


def scan_with(source: Source, project: Project, options: Options, used: Inputs, notes: list[str]) -> ScanResult:
    """Scan any source with the inputs of a scan; what is known of unchanged files comes from the cache."""
    from secloop.loop.material import expanding
    from secloop.scan import engine
    from secloop.scan.cache import open_cache

    with ExitStack() as stack:
        cache = None if options.no_cache else open_cache(root=project.root, notes=notes)
        if cache is not None:
            stack.enter_context(cache)
        result = engine.scan(
            expanding(source, project.root),
            used.sensors,
            used.settings,
            used.rules,
            jobs=project.config.scan.jobs if options.jobs is None else options.jobs,
            cache=cache,
            progress=options.progress,
        )
        if cache is not None and cache.note:
            notes.append(cache.note)
        return result


def source_of(project: Project, options: Options) -> Source:
    """Return the source: the index for `--staged`, else the work tree, narrowed by `--since` and paths."""
    from secloop.scan import sources

    if options.staged:
        root = _git_root(project, "--staged")
        return sources.Index(root, exclude=project.config.scan.exclude, paths=project.paths)
    only = None
    if options.since:
        _git_root(project, "--since")
        assert project.git is not None  # noqa: S101 - _git_root has raised otherwise
        only = frozenset(project.git.changed_since(options.since))
    return sources.WorkTree(
        project.root,
        exclude=project.config.scan.exclude,
        no_ignore=options.no_ignore,
        paths=project.paths,
        only=only,
    )


def _git_root(project: Project, flag: str) -> Path:
    if project.git is None:
        raise UsageError(f"{flag} needs a git repository and {project.root} is not in one", f"Leave {flag} out")
    return project.root


def _advisories(project: Project, options: Options) -> tuple[str, ...]:
    """Return the advisory sources as absolute paths: the flag's, the configuration's, else the feeds folder if any."""
    from secloop.stages.build.advisories.feeds.base import default_folder, is_feeds_folder

    given: Sequence[str] = options.advisories or project.config.build.advisories
    if not given and is_feeds_folder(default_folder()):
        return (str(default_folder().absolute()),)
    base = Path.cwd() if options.advisories else project.root
    return tuple(str(base / path) for path in given if path)


def feeds_of(used: Inputs) -> tuple[Feed, ...]:
    """Return the feeds the sensors read, after a scan."""
    return tuple(feed for sensor in used.sensors for feed in getattr(sensor, "feeds", tuple)())


def old_feeds(feeds: Sequence[Feed], project: Project, day: str) -> tuple[str, ...]:
    """Return a line for each feed older than `[build] max_feed_age`; a starter set is never young, and says its age."""
    limit = seconds(project.config.build.max_feed_age) / 86400
    out = []
    for feed in feeds:
        if feed.name.endswith(STARTER) or not feed.date:
            continue
        age = (date.fromisoformat(day) - date.fromisoformat(feed.date[:10])).days
        if age > limit:
            out.append(f"feed {feed.name} is {age} days old, over its {limit:.0f}")
    return tuple(out)
