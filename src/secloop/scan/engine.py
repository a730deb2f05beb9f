"""The pass: every file is read once, classified once, and shown to every sensor that wants it.

1. Configure the sensors; their digests enter the cache keys.
2. Walk the source: classify, ask who wants the file, read it, look up what is known of it.
3. What is not known becomes jobs, analysed here or by workers; what sensors say comes back in any order.
4. Groups (a module, a chart) are formed from the files seen and analysed the same way.
5. Sensors finish in the order of their facts; everything is sorted, so the result does not depend on the workers.
"""

from __future__ import annotations

import os
from itertools import chain
from typing import TYPE_CHECKING

from secloop.model.coverage import Gap
from secloop.model.errors import UsageError
from secloop.scan.active import Active
from secloop.scan.base import Unit
from secloop.scan.collect import Collector, ScanResult
from secloop.scan.comments import IgnoreComments
from secloop.scan.guard import Failure, Guard
from secloop.scan.jobs import Analyser, decode
from secloop.scan.plan import Places, Planner
from secloop.scan.registry import in_order, is_isolated
from secloop.scan.workers import Pool, Recipe, Sight, can_run_here, look_here, run_here

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from secloop.rules.base import RuleSet
    from secloop.scan.base import Sensor, Settings
    from secloop.scan.cache import Cache
    from secloop.scan.jobs import Answer, Job
    from secloop.scan.sources import Source

FEW_FILES = 64
FEW_BYTES = 1 << 20
"""Below either of these, starting workers costs more than they save."""

MANY_BYTES = 16 << 20
"""Bytes of few but large files that are held back before workers start after all."""

_FINISH_SECONDS = 120.0
_CONFIGURE_SECONDS = 120.0


def scan(
    source: Source,
    sensors: Sequence[Sensor],
    settings: Settings,
    rules: RuleSet,
    *,
    jobs: int = 0,
    cache: Cache | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ScanResult:
    """Return what `sensors` say of the files of `source`, the same for any number of `jobs` (0: one per core).

    `progress` is called with (files looked at, files listed). A sensor that cannot be configured is named in `missing`.
    Raises: UsageError when a sensor rejects its configuration or sensors need each other's facts in a cycle.
    """
    collector = Collector(settings.config.scan.accept_incomplete)
    with Guard() as guard:
        wanted = [*in_order(sensors), *([IgnoreComments()] if settings.comments else [])]
        active = _configure(wanted, settings, rules, collector, guard)
        planner = Planner(source, active, cache, collector, guard, progress)
        analyser = Analyser([one.sensor for one in active], [one.seconds for one in active])
        try:
            for answer in _answers(analyser, planner, settings, rules, jobs):
                if isinstance(answer, Sight):
                    planner.absorb(answer.places, answer.looked)
                else:
                    _accept(answer, active, planner, collector, cache)
            _finish(active, planner, collector, guard)
        finally:
            source.close()
            if cache is not None:
                cache.flush()
    collector.add_source(source)
    runs = [one.run for one in active if not one.auxiliary]
    return collector.result(runs)


def _configure(
    sensors: Sequence[Sensor], settings: Settings, rules: RuleSet, collector: Collector, guard: Guard
) -> list[Active]:
    """Return the sensors that are ready; note the others as missing."""
    active: list[Active] = []
    for sensor in sensors:
        digest = guard.call(lambda: _digest(sensor, settings, rules), _CONFIGURE_SECONDS)  # noqa: B023 - called at once
        if isinstance(digest, UsageError):
            raise digest
        if isinstance(digest, Failure):
            collector.add_missing(sensor.info, digest.reason)
        else:
            active.append(Active.of(sensor, digest, settings.config.scan, auxiliary=isinstance(sensor, IgnoreComments)))
    return active


def _digest(sensor: Sensor, settings: Settings, rules: RuleSet) -> str | UsageError:
    """Configure; a wrong configuration is the user's to know, so it goes around the guard as a value."""
    try:
        return sensor.configure(settings, rules)
    except UsageError as error:
        return error


def _answers(
    analyser: Analyser, planner: Planner, settings: Settings, rules: RuleSet, jobs: int
) -> Iterator[Answer | Sight]:
    """Yield all answers, from here when there is little work, else from workers.

    A file that only group sensors may want is but looked at before its group is known, so any number of them is little.
    """
    batches: Iterator[Sequence[Job] | Places] = planner.batches()
    groups: Iterator[Sequence[Job]] = planner.groups()
    held: list[Sequence[Job] | Places] = []
    few = can_run_here() and not any(map(is_isolated, analyser.sensors))
    if few and all(sensor.info.unit is Unit.GROUP for sensor in analyser.sensors):
        for batch in batches:
            yield from _here(analyser, planner, batch)
        batches, groups = groups, iter(())
    if few and _is_little(batches, held):
        for one in held:
            yield from _here(analyser, planner, one)
        yield from run_here(analyser, groups)
        return
    recipe = Recipe(tuple(type(sensor) for sensor in analyser.sensors), settings, rules, analyser.seconds)
    count = jobs or settings.config.scan.jobs or _cores()
    with Pool(analyser, recipe, count, planner.memory, unread=planner) as pool:
        yield from pool.run(chain(held, batches))
        yield from pool.run(groups)


def _is_little(batches: Iterator[Sequence[Job] | Places], held: list[Sequence[Job] | Places]) -> bool:
    """Return whether all `batches` together are little work; those that were taken to know are put into `held`."""
    files = size = 0
    for batch in batches:
        held.append(batch)
        extent = _extent(batch)
        files, size = files + extent[0], size + extent[1]
        if not ((files < FEW_FILES or size < FEW_BYTES) and size < MANY_BYTES):
            return False
    return True


def _here(analyser: Analyser, planner: Planner, batch: Sequence[Job] | Places) -> Iterator[Answer | Sight]:
    if not isinstance(batch, Places):
        return run_here(analyser, [batch])
    return look_here(analyser, planner, batch.files)


def _extent(batch: Sequence[Job] | Places) -> tuple[int, int]:
    """Return the number of files and their bytes."""
    if isinstance(batch, Places):
        return len(batch.files), sum(place.size() for place in batch.files)
    return sum(len(job.files) for job in batch), sum(len(file.data) for job in batch for file in job.files)


def _accept(
    answer: Answer, active: Sequence[Active], planner: Planner, collector: Collector, cache: Cache | None
) -> None:
    """Collect an answer; remember a whole one."""
    unit = planner.take(answer.job, answer.sensor)
    collector.analysed += 1
    collector.add(unit, active[answer.sensor], decode(answer.observations), answer.failure)
    if cache is not None and answer.failure is None:
        cache.put(planner.key(unit, answer.sensor), answer.observations)


def _finish(active: Sequence[Active], planner: Planner, collector: Collector, guard: Guard) -> None:
    """Let every sensor conclude from the facts it asked for."""
    known = dict(sorted(planner.known.items()))
    for one in active:
        info = one.sensor.info
        facts = collector.facts({*info.requires, *info.provides})
        more = guard.call(lambda: list(one.sensor.finish(facts, known)), _FINISH_SECONDS)  # noqa: B023 - called at once
        if isinstance(more, Failure):
            collector.add_gap(Gap(file=".", sensor=info.name, outcome=more.outcome, reason=f"finish: {more.reason}"))
        else:
            collector.add_more(info.name, more)


def _cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
