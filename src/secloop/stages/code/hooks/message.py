"""What a refused commit or push says: what, where, how to fix it, how to accept it, how to get past it once. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from secloop.interop.text import count, visible
from secloop.stages.code.hooks.base import Hook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secloop.model.coverage import Gap
    from secloop.model.report import FindingRow

_SHOWN = 3
_ACT = {Hook.PRE_COMMIT: "This commit adds", Hook.PRE_PUSH: "This push brings", Hook.PRE_RECEIVE: "This push brings"}
_FIX = {
    Hook.PRE_COMMIT: "take the value out (read it from the environment or a secret store), then git add and commit",
    Hook.PRE_PUSH: "take it out of every commit that holds it (git rebase -i), and rotate it if it ever left here",
    Hook.PRE_RECEIVE: "rotate it: it has left your machine. Then take it out of every commit (git rebase -i)",
}
_ONCE = {
    Hook.PRE_COMMIT: "git commit --no-verify",
    Hook.PRE_PUSH: "git push --no-verify",
    Hook.PRE_RECEIVE: "not from here; ask who runs this server",
}


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A secret that comes in. `commit` is the first commit that brings it; empty for what is staged."""

    row: FindingRow
    commit: str = ""


def refusal(hook: Hook, refused: Sequence[Refused]) -> str:
    """Return the message for new secrets, which are never shown whole; at most `_SHOWN` are listed."""
    first = refused[0].row
    lines = [f"secloop: {_ACT[hook]} {count(len(refused), 'secret')}, so it is refused."]
    lines += [_line(one) for one in refused[:_SHOWN]]
    if len(refused) > _SHOWN:
        lines.append(f"  and {len(refused) - _SHOWN} more")
    lines.append(f"Fix:    {_FIX[hook]}.")
    lines.append(f'Accept: add the comment  secloop:ignore {first.rule} reason="..."  to its line; where there are no')
    lines.append(f'        comments: secloop scan; secloop accept {first.id} --reason "..." --until YYYY-MM-DD')
    lines.append(f"Once:   {_ONCE[hook]}")
    return "\n".join([*lines, ""])


def incomplete(hook: Hook, gaps: Sequence[Gap]) -> str:
    """Return the message for files that could not be looked at: what was not looked at is not clean."""
    lines = [f"secloop: {count(len(gaps), 'file')} could not be scanned, so this is refused."]
    lines += [f"  {visible(gap.file)}: {visible(gap.reason)}" for gap in gaps[:_SHOWN]]
    if len(gaps) > _SHOWN:
        lines.append(f"  and {len(gaps) - _SHOWN} more")
    lines.append("Fix:    raise max_file_size, exclude it, or list it under accept_incomplete: [scan] in secloop.toml")
    lines.append(f"Once:   {_ONCE[hook]}")
    return "\n".join([*lines, ""])


def _line(one: Refused) -> str:
    row = one.row
    where = f"{visible(row.file or '')}:{row.line}:{row.column}"
    when = f"  in commit {one.commit[:12]}" if one.commit else ""
    return f"  {where}  {row.rule}  {visible(row.message)}{when}"
