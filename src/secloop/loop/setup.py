"""Setting a project up: what `secloop init` writes."""

from __future__ import annotations

import secrets
from pathlib import Path

from secloop.loop.project import CONFIG, FOLDER
from secloop.model.errors import UsageError

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

_IGNORE = """\
# What secloop remembers on this machine; everything else in this folder belongs in version control.
state.db
state.db-*
"""


def initialise(path: str) -> str:
    """Write secloop.toml and `.secloop/` below `path`; return a line for each file. Raises: UsageError."""
    root = Path(path).resolve()
    if not root.is_dir():
        raise UsageError(f"There is no folder {path}", "Make it first, or name another")
    lines = [
        _write(root / CONFIG, _TOML.format(salt=_salt(root)), root),
        _write(root / FOLDER / ".gitignore", _IGNORE, root),
        _folder(root / FOLDER / "rules", root),
        _folder(root / FOLDER / "policies", root),
    ]
    return "\n".join([*lines, "Next: secloop scan", ""])


def _salt(root: Path) -> str:
    """Return the root commit, which keys ids without a salt, so that they stay; else a random value."""
    from secloop.scan.git import Git

    git = Git.find(root)
    return (git.root_commit() if git else "") or secrets.token_hex(20)


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
