"""What a scan is compared with, to say what is new: a baseline file, another ref, or the default branch's last run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from secloop.model.errors import UsageError

if TYPE_CHECKING:
    from secloop.loop.inputs import Inputs
    from secloop.loop.memory import Memory
    from secloop.loop.pipeline import Options
    from secloop.loop.project import Project
    from secloop.policy.baseline import Baseline


def known(project: Project, options: Options, used: Inputs, memory: Memory, notes: list[str]) -> Baseline:
    """Return what is not new to this scan.

    The comparison is the baseline file (`--baseline`, else `.secloop/baseline.json`) and what stands on
    `--baseline-ref`, else what is open on the default ref. Raises: UsageError for an unknown ref or a broken file.
    """
    from secloop.policy import baseline

    path = Path(options.baseline) if options.baseline else project.folder / "baseline.json"
    if options.baseline and not path.is_file():
        raise UsageError(f"There is no baseline {path}", "Write one with secloop baseline, or name a SARIF file")
    base = baseline.read(path) if path.is_file() else baseline.Baseline()
    if options.baseline_ref:
        return base.with_occurrences(_occurrences_at(project, options, used, memory))
    shown = memory.known(project.default_ref)
    if options.new and not shown and not base:
        notes.append(
            f"Nothing is known of {project.default_ref}, so every finding counts as new; "
            "name a --baseline-ref or write a baseline",
        )
    return base.with_occurrences(row.occurrence for row in shown)


def _occurrences_at(project: Project, options: Options, used: Inputs, memory: Memory) -> list[str]:
    """Scan the tree of `--baseline-ref` with the same sensors; unchanged files come from the cache."""
    from secloop.loop.inputs import scan_with
    from secloop.scan.sources import Commit

    if project.git is None:
        raise UsageError("--baseline-ref needs a git repository", "Use --baseline FILE instead")
    source = Commit(project.root, options.baseline_ref, exclude=project.config.scan.exclude, paths=project.paths)
    result = scan_with(source, project, options, used, [])
    return [finding.occurrence for finding in memory.identify(result.findings, complete=False).findings]
