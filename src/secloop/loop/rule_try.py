"""Trying a rule on files: one page, or one rule, run by the engine that a scan uses; every hit is shown.

Ignore comments, exceptions and the gate have no say, nothing is stored, and no cache is read.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from secloop.loop.clock import today
from secloop.loop.pagetests import able_sensors
from secloop.model.errors import UsageError
from secloop.model.places import place_file
from secloop.rules import index, registry
from secloop.rules.base import RuleSet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from secloop.loop.project import Project
    from secloop.model.coverage import FileCounts
    from secloop.model.finding import Finding
    from secloop.model.rule import Rule
    from secloop.scan.collect import ScanResult


PATTERN_MARKS = ("(", "$", " ", "=", "...")
"""What stands in patterns of code and in no name of a rule or a page."""


class Tried(NamedTuple):
    """What the rules found: hits by file and line, what could not be looked at, and how many files were seen."""

    hits: tuple[Finding, ...]
    gaps: tuple[str, ...]
    files: FileCounts


class _Chosen(NamedTuple):
    """Pages to run, and the rule ids whose hits count."""

    pages: tuple[Rule, ...]
    ids: frozenset[str]


def try_rule(name: str, project: Project) -> Tried:
    """Return the hits of a page (a file, a folder, an id), a rule or a pattern of code in the project's paths.

    Raises: UsageError for an unknown name, a page that is wrong, or a path that holds no file.
    """
    from secloop.loop.inputs import load_rules
    from secloop.loop.naming import read_names
    from secloop.model.finding import Finding
    from secloop.scan.base import Settings
    from secloop.scan.engine import scan
    from secloop.scan.sources import WorkTree

    chosen = _chosen(name, project)
    sensors = {sensor.info.name: sensor for page in chosen.pages for sensor in able_sensors(page)}
    settings = Settings(
        config=project.config,
        root=str(project.root),
        advisories=tuple(str(project.root / path) for path in project.config.build.advisories if path),
        today=today(),
    )
    source = WorkTree(project.root, no_ignore=bool(project.paths), paths=project.paths)
    rules = RuleSet(page for page in chosen.pages if page.matchers)
    result = scan(source, list(sensors.values()), settings, rules, jobs=project.config.scan.jobs)
    if project.paths and not result.files.seen:
        raise UsageError(f"Nothing matches {', '.join(project.paths)} below {project.root}", "Check the path or glob")
    names = read_names(_names(result), settings, load_rules(project))
    gaps = tuple(f"{names.text(gap.file)} was not analysed ({gap.reason})" for gap in result.gaps if gap.incomplete)
    hits = tuple(names.mask(finding, Finding) for finding in result.findings if finding.rule in chosen.ids)
    return Tried(hits=hits, gaps=(*gaps, *result.missing), files=result.files)


def _names(result: ScanResult) -> Iterator[str]:
    yield from (place_file(finding.place) or "" for finding in result.findings)
    yield from (gap.file for gap in result.gaps)


def _chosen(name: str, project: Project) -> _Chosen:
    if name.endswith(".md") or (Path(name).is_dir() and "/" in name):
        return _of_pages(index.rules_at(Path(name)))
    from secloop.loop.foreign import own_rules
    from secloop.loop.inputs import load_rules

    rules = load_rules(project)
    page = rules.page(name)
    if page is not None:
        ids = frozenset({name} & set(page.rule_ids()) or page.rule_ids())
        return _Chosen(pages=(page,), ids=ids)
    for foreign, matcher in own_rules(project.root):
        if name == foreign.rule_id(matcher):
            return _Chosen(pages=(foreign,), ids=frozenset({name}))
    if Path(name).exists():
        return _of_pages(index.rules_at(Path(name)))
    if any(mark in name for mark in PATTERN_MARKS):
        return _of_pattern(name)
    raise UsageError(f"there is no rule and no page {name}", "`secloop rules list` shows the rules")


def _of_pattern(pattern: str) -> _Chosen:
    """Return a page for a pattern of Semgrep's syntax, in each language that reads it. Raises: SecloopError."""
    from secloop.stages.test.sast.foreign import pattern_page
    from secloop.stages.test.sast.languages import LANGUAGES

    return _of_pages([pattern_page(pattern, [name for name in LANGUAGES if name != "html"])])


def _of_pages(pages: Sequence[Rule]) -> _Chosen:
    """Return pages whose matchers their engines accept. Raises: UsageError for the first that one does not."""
    for page in pages:
        for problem in registry.engine(page.engine).validate(page):
            raise UsageError(problem, "Correct the page, `secloop rules test` checks it")
    return _Chosen(pages=tuple(pages), ids=frozenset(name for page in pages for name in page.rule_ids()))
