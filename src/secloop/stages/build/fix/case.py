"""What is to be fixed, and how far it has come: values that the steps of a plan hand on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from secloop.model.facts import Component
    from secloop.model.finding import Edit
    from secloop.model.fix import Command
    from secloop.model.report import FindingRow
    from secloop.stages.build.fix.choice import Choice


@dataclass(frozen=True, kw_only=True)
class Case:
    """A package version in a file, with its findings. `ecosystem` and `name` are what the index knows it by."""

    component: Component
    ecosystem: str
    name: str
    rows: tuple[FindingRow, ...]
    system: bool = False
    malicious: bool = False

    @property
    def wanted(self) -> frozenset[str]:
        """First ids of the alias groups to clear."""
        return frozenset(row.ids[0] for row in self.rows if row.ids)


@dataclass(frozen=True, kw_only=True)
class Override:
    """An entry in the overrides of a manifest: where, under which keys, and what is written."""

    manifest: str
    field: tuple[str, ...]
    key: str
    wish: str


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A case with the version to go to (None where none is known) and the way there."""

    case: Case
    choice: Choice | None
    edits: tuple[Edit, ...] = ()
    commands: tuple[Command, ...] = ()
    notes: tuple[str, ...] = ()
    override: Override | None = None
    shared: tuple[str, ...] = ()
