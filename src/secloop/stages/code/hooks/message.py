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
_ACT = {
    Hook.PRE_COMMIT: "This commit adds",
    Hook.COMMIT_MSG: "The commit message holds",
    Hook.PRE_PUSH: "This push brings",
    Hook.PRE_RECEIVE: "This push brings",
}
_FIX = {
    Hook.PRE_COMMIT: "take the value out (read it from the environment or a secret store), then git add and commit",
    Hook.COMMIT_MSG: "take the value out; the text is kept: git commit -eF .git/COMMIT_EDITMSG",
    Hook.PRE_PUSH: "take it out of every commit that holds it (git rebase -i), and rotate it if it ever left here",
    Hook.PRE_RECEIVE: "rotate it: it has left your machine. Then take it out of every commit (git rebase -i)",
}
_ONCE = {
    Hook.PRE_COMMIT: "git commit --no-verify",
    Hook.COMMIT_MSG: "git commit --no-verify",
    Hook.PRE_PUSH: "git push --no-verify",
    Hook.PRE_RECEIVE: "not from here; ask who runs this server",
}


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A secret that comes in. `commit` is the first commit that brings it; empty for what is staged.

    `policy` is the project's own gate rule that refuses it, with its reason, where the profile `commit` does not.
    """

    row: FindingRow
    commit: str = ""
    policy: str = ""


def refusal(hook: Hook, refused: Sequence[Refused]) -> str:
    """Return the message for new secrets, which are never shown whole; at most `_SHOWN` are listed."""
    first = refused[0].row
    lines = [f"secloop: {_ACT[hook]} {count(len(refused), 'secret')}, so it is refused."]
    lines += [_line(one) for one in refused[:_SHOWN]]
    if len(refused) > _SHOWN:
        lines.append(f"  and {len(refused) - _SHOWN} more")
    lines.append(f"Fix:    {_FIX[hook]}.")
    lines += _accepting(hook, first)
    lines.append(f"Once:   {_ONCE[hook]}")
    return "\n".join([*lines, ""])


def _accepting(hook: Hook, row: FindingRow) -> list[str]:
    comment = f'secloop:ignore {row.rule} reason="..."'
    if hook is Hook.COMMIT_MSG:
        return [f"Accept: end its line with  # {comment}"]
    return [
        f"Accept: add the comment  {comment}  to its line; where there are no",
        f'        comments: secloop scan; secloop accept {row.id} --reason "..." --until YYYY-MM-DD',
    ]


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
    why = f"  (policy {visible(one.policy)})" if one.policy else ""
    return f"  {where}  {row.rule}  {visible(row.message)}{when}{why}"
