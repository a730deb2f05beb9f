"""The flow of `secloop code secrets`: files, or standard input as one file, by the secrets sensor alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

from secloop.loop import inputs
from secloop.loop.pipeline import FileFlow, Options, Outcome, run_flow
from secloop.model.config import size_bytes
from secloop.model.errors import UsageError

if TYPE_CHECKING:
    from secloop.loop.project import Project
    from secloop.scan.collect import ScanResult
    from secloop.scan.sources import Source

COMMAND = "code secrets"
SENSOR = "secrets"


def run_secrets(project: Project, options: Options, text: bytes | None = None, name: str = "") -> Outcome:
    """Scan the project's files, or `text` as a file called `name`, for secrets; return the outcome.

    Text is remembered by nothing: it belongs to no ref. Raises: SecloopError.
    """
    options = replace(options, command=COMMAND, no_store=options.no_store or text is not None)
    return run_flow(project, options, _SecretFlow(project, options, text, name))


def read_text(stream: BinaryIO, project: Project) -> bytes:
    """Return all of a stream. Raises: UsageError where it is larger than `[scan] max_file_size`."""
    limit = size_bytes(project.config.scan.max_file_size)
    data = stream.read(limit + 1)
    if len(data) > limit:
        raise UsageError(
            f"Standard input is larger than {project.config.scan.max_file_size}",
            "Raise [scan] max_file_size, or write it to a file",
        )
    return data


@dataclass(frozen=True)
class _SecretFlow(FileFlow):
    """As a scan of files, by one sensor."""

    text: bytes | None
    name: str

    def gather(self) -> inputs.Inputs:
        """Return the rules, the secrets sensor and the settings. Raises: UsageError."""
        return inputs.only(self.project, SENSOR)

    def scan(self, used: inputs.Inputs, notes: list[str]) -> ScanResult:
        """Scan the files, or the text."""
        if self.text is None:
            return inputs.scan_with(self.source(), self.project, self.options, used, notes)
        from secloop.scan import engine

        return engine.scan(self.source(), used.sensors, used.settings, used.rules)

    def source(self) -> Source:
        """Return the files and what is in the archives that the paths name, or the text as one file."""
        if self.text is None and not self.project.paths:
            return super().source()
        if self.text is None:
            from secloop.stages.code.secrets.decoding.archives import Unpacked

            return Unpacked(super().source(), self.project.paths)
        from secloop.scan.sources import MemorySource

        return MemorySource({self.name: self.text})
