"""What a proposal says: titles, notes, and what to do where no version helps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.model.finding import Fix
from secloop.model.fix import Proposal
from secloop.stages.build.fix.choice import is_early
from secloop.stages.build.fix.specifiers import is_breaking
from secloop.stages.build.purl import ecosystem_of

if TYPE_CHECKING:
    from secloop.stages.build.fix.case import Case, Draft
    from secloop.stages.build.fix.choice import Choice

_SHOWN = 5
_SCOPES = {"dev": "development", "test": "tests", "build": "the build", "optional": "optional parts"}


def malicious(case: Case) -> Proposal:
    """Return what to do about a package that is reported as malicious."""
    own = case.component
    through = f"it comes in through {' > '.join(own.via)}: remove that too, or update it" if own.via else ""
    notes = ("treat every machine that installed it as compromised, and change the secrets it could read", through)
    return Proposal(
        group=group_of(case),
        title=f"Remove {own.name} {own.version}: it is reported as malicious, so no version of it is to be trusted",
        file=own.file,
        line=own.line,
        notes=tuple(note for note in notes if note),
        leaves=tuple(dict.fromkeys(row.id for row in case.rows)),
    )


def proposal(draft: Draft) -> Proposal:
    """Return what a draft amounts to."""
    case, choice = draft.case, draft.choice
    own = case.component
    if choice is None:
        return Proposal(
            group=group_of(case),
            title=f"{own.name} {own.version}: no fixed version is known",
            file=own.file,
            line=own.line,
            notes=("replace it, take the vulnerable part out of use, or accept it with a reason and an end",),
            leaves=tuple(dict.fromkeys(row.id for row in case.rows)),
        )
    breaking = is_breaking(ecosystem_of(own.purl), own.version, choice.version)
    clears = tuple(dict.fromkeys(row.id for row in case.rows if row.ids and row.ids[0] in choice.clears))
    done = bool(draft.edits or draft.commands)
    return Proposal(
        group=group_of(case),
        title=f"Update {own.name} from {own.version} to {choice.version}",
        file=own.file,
        line=own.line,
        fix=Fix(
            edits=draft.edits,
            safe=not breaking and draft.override is None,
            clears=clears if done else (),
            summary=f"{own.name} {choice.version}",
        ),
        commands=draft.commands,
        notes=tuple(_notes(draft, choice, breaking=breaking)),
        leaves=tuple(dict.fromkeys(row.id for row in case.rows if not done or row.id not in clears)),
        breaking=breaking,
    )


def group_of(case: Case) -> str:
    """Return what a proposal is about: ecosystem and package."""
    return f"{ecosystem_of(case.component.purl) or case.ecosystem} {case.component.name}"


def _notes(draft: Draft, choice: Choice, *, breaking: bool) -> list[str]:
    notes = list(draft.notes)
    if breaking:
        notes.insert(0, "a major upgrade: incompatible changes are to be expected")
    if is_early(choice.version):
        notes.append("a pre-release, the only one named as fixed: a release after it is fixed as well")
    if draft.shared:
        notes.append(f"{_listed(draft.shared)} stand at the same version text and move along")
    if draft.case.component.scope not in {"runtime", ""}:
        notes.append(f"used only in {_SCOPES.get(draft.case.component.scope, draft.case.component.scope)}")
    if choice.leaves:
        notes.append(f"no known version clears {_listed(choice.leaves)} as well")
    if choice.new:
        notes.append(f"this version has {_listed(choice.new)}, which the present one has not; no better one is known")
    return notes


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
