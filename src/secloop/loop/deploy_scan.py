"""The flow of `secloop deploy iac`: infrastructure as code, by the iac sensor alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from secloop.loop import inputs
from secloop.loop.pipeline import FileFlow, Options, Outcome, run_flow

if TYPE_CHECKING:
    from secloop.loop.project import Project

COMMAND = "deploy iac"
SENSOR = "iac"


def run_iac(project: Project, options: Options) -> Outcome:
    """Look for misconfigured resources in the project's infrastructure code. Raises: SecloopError."""
    options = replace(options, command=COMMAND)
    return run_flow(project, options, _IacFlow(project, options))


@dataclass(frozen=True)
class _IacFlow(FileFlow):
    """As a scan of files, by one sensor."""

    def gather(self) -> inputs.Inputs:
        """Return the rules, the iac sensor and the settings. Raises: UsageError."""
        return inputs.only(self.project, SENSOR)
