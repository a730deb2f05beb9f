"""The script that git runs: plain POSIX sh that calls the secloop it was installed by. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secloop.model.base import Value

if TYPE_CHECKING:
    from secloop.stages.code.hooks.base import Hook

BEFORE = ".before-secloop"
"""What is appended to the name of a hook that was there before ours."""

MARK = "# Put here by `secloop code hook install`"
_PYTHON = re.compile(r"^python=(.*)$", re.MULTILINE)


class Launcher(Value):
    """The secloop that a hook calls: its interpreter, and a file that is there as long as it is installed."""

    python: str
    package: str


def text(hook: Hook, launcher: Launcher) -> str:
    """Return the script. An earlier hook runs first, with the same arguments and input, and may refuse.

    `-P` keeps Python from importing what lies in the repository. Where secloop is gone the hook refuses: a check that
    was asked for and silently does not happen is worse than a commit that has to be made with `--no-verify`.
    """
    parts = [_HEAD, _CHAIN_STDIN if hook.reads_stdin else _CHAIN, _CALL_STDIN if hook.reads_stdin else _CALL]
    values = {
        "@MARK@": MARK,
        "@HOOK@": hook.value,
        "@BEFORE@": BEFORE,
        "@PYTHON@": _quoted(launcher.python),
        "@PACKAGE@": _quoted(launcher.package),
        "@BYPASS@": _BYPASS.get(hook.value, "the server's administrator has to reinstall it"),
    }
    script = "".join(parts)
    for name, value in values.items():
        script = script.replace(name, value)
    return script


def is_ours(script: str) -> bool:
    """Return whether a hook's script is one of ours, of any version."""
    return MARK in script


def python_of(script: str) -> str:
    """Return the interpreter that a script of ours calls, as a shell word; '' where it names none."""
    found = _PYTHON.search(script)
    return found[1] if found else ""


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "'\"'\"'") + "'"


_BYPASS = {
    "pre-commit": "skip once with git commit --no-verify",
    "commit-msg": "skip once with git commit --no-verify",
    "pre-push": "skip once with git push --no-verify",
}

_HEAD = """\
#!/bin/sh
@MARK@; `secloop code hook uninstall` takes it away.
python=@PYTHON@
package=@PACKAGE@
before="${0%/*}/@HOOK@@BEFORE@"
"""

_CHAIN = """\
if [ -x "$before" ]; then
    "$before" "$@" || exit $?
fi
"""

_CHAIN_STDIN = """\
# The x keeps the line ends that $() would drop.
input=$(cat; echo x)
input=${input%x}
if [ -x "$before" ]; then
    printf '%s' "$input" | "$before" "$@" || exit $?
fi
"""

_CALL = """\
if [ -x "$python" ] && [ -f "$package" ]; then
    exec "$python" -P -m secloop code hook run @HOOK@ "$@"
elif command -v secloop >/dev/null 2>&1; then
    exec secloop code hook run @HOOK@ "$@"
fi
echo "secloop: the @HOOK@ hook finds no secloop, so it refuses. Install it again, or @BYPASS@." >&2
exit 1
"""

_CALL_STDIN = """\
if [ -x "$python" ] && [ -f "$package" ]; then
    printf '%s' "$input" | "$python" -P -m secloop code hook run @HOOK@ "$@"
    exit $?
elif command -v secloop >/dev/null 2>&1; then
    printf '%s' "$input" | secloop code hook run @HOOK@ "$@"
    exit $?
fi
echo "secloop: the @HOOK@ hook finds no secloop, so it refuses. Install it again, or @BYPASS@." >&2
exit 1
"""
