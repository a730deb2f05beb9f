"""Setting a project up: what `secloop init` writes."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from secloop.loop import folder
from secloop.loop.project import CONFIG, FOLDER, open_project, root_of
from secloop.model.errors import UsageError

if TYPE_CHECKING:
    from secloop.loop.project import Project

_TOML = """\
# secloop's configuration; docs/config.md lists every key.
[project]
# Keys the identity of secrets: ids stay the same in shallow clones and forks. Not a secret; keep it in git.
identity_salt = "{salt}"
# id = "github.com/owner/name"   # default: from the git remote
# default_ref = "main"

[scan]
# exclude = ["third_party/**"]   # beside .gitignore; counted as excluded in every report

[gate]
profile = "default"              # secloop gate --show prints its rules

[output]
# reports = {{sarif = "out/secloop.sarif", html = "out/secloop.html"}}
"""


def initialise(path: str) -> str:
    """Write secloop.toml and `.secloop/` below `path`; return a line for each file. Raises: UsageError."""
    root = Path(path).resolve()
    if not root.is_dir():
        raise UsageError(f"There is no folder {path}", "Make it first, or name another")
    project = open_project((), root=str(root))
    lines = [
        _write(root / CONFIG, _TOML.format(salt=_salt(project)), root),
        *folder.prepare(project),
        _folder(root / FOLDER / "rules", root),
        _folder(root / FOLDER / "policies", root),
    ]
    return "\n".join([*lines, "Next: secloop scan", ""])


def _salt(project: Project) -> str:
    """Return what keys ids without a salt, so that known ones stay: the root commit, or the id of a known project."""
    if project.git is not None and (root := root_of(project.git, project.commit)):
        return root
    state = project.state()
    known = isinstance(state, Path) and state.is_file()
    return project.id if known else secrets.token_hex(20)


def _write(target: Path, text: str, root: Path) -> str:
    shown = target.relative_to(root)
    if target.exists():
        return f"kept    {shown}"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"Cannot write {target}: {error.strerror}", "Make the folder writable") from error
    return f"wrote   {shown}"


def _folder(target: Path, root: Path) -> str:
    """Make a folder that git keeps although it is empty."""
    return _write(target / ".gitkeep", "", root)
