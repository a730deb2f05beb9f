"""The script that git runs, run by a real sh with a stand-in for Python."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from secloop.stages.code.hooks import stub
from secloop.stages.code.hooks.base import Hook

if TYPE_CHECKING:
    from pathlib import Path

LINES = "refs/heads/a 1 refs/heads/a 2\n\n"


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


class Sandbox:
    """A folder with an odd name that holds hooks and a stand-in for Python, which writes down how it was called."""

    def __init__(self, root: Path, hook: Hook) -> None:
        self.root = root / 'it\'s a "folder" $HOME'
        self.hook = hook
        self.log = self.root / "log"
        self.python = script(
            self.root / "py thon", '#!/bin/sh\nprintf "%s|" python "$@" >>"$LOG"\ncat >>"$LOG"\nexit 7\n'
        )
        self.package = script(self.root / "__main__.py", "")
        launcher = stub.Launcher(python=str(self.python), package=str(self.package))
        self.path = script(self.root / "hooks" / hook.value, stub.text(hook, launcher))

    def before(self, text: str) -> Path:
        return script(self.path.with_name(self.path.name + stub.BEFORE), text)

    def run(self, *args: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "LOG": str(self.log), "PATH": path or os.environ["PATH"]}
        return subprocess.run(
            [str(self.path), *args], input=LINES, env=env, capture_output=True, text=True, check=False
        )

    def logged(self) -> str:
        return self.log.read_text() if self.log.exists() else ""


@pytest.fixture(params=list(Hook))
def sandbox(tmp_path: Path, request: pytest.FixtureRequest) -> Sandbox:
    return Sandbox(tmp_path, request.param)


def test_arguments_input_and_exit_code_pass_through(sandbox: Sandbox) -> None:
    assert sandbox.run("origin", "a url").returncode == 7
    head = f"python|-P|-m|secloop|code|hook|run|{sandbox.hook}|origin|a url|"
    assert sandbox.logged() == head + LINES


def test_the_former_hook_runs_first_with_the_same_arguments_and_input(sandbox: Sandbox) -> None:
    sandbox.before('#!/bin/sh\nprintf "%s|" before "$@" >>"$LOG"\ncat >>"$LOG"\n')
    assert sandbox.run("origin").returncode == 7
    first = f"before|origin|{LINES}"
    assert sandbox.logged().startswith(first)
    rest = sandbox.logged().removeprefix(first)
    assert rest.startswith("python|-P|")
    assert rest.endswith(LINES if sandbox.hook.reads_stdin else "|")


def test_the_former_hook_may_refuse(sandbox: Sandbox) -> None:
    sandbox.before("#!/bin/sh\nexit 5\n")
    assert sandbox.run().returncode == 5
    assert sandbox.logged() == ""


def test_a_former_hook_that_git_would_not_run_is_not_run(sandbox: Sandbox) -> None:
    sandbox.before("#!/bin/sh\nexit 5\n").chmod(0o644)
    assert sandbox.run().returncode == 7


def test_without_its_python_the_hook_takes_secloop_from_the_path(sandbox: Sandbox) -> None:
    sandbox.python.unlink()
    tools = sandbox.root / "bin"
    script(tools / "secloop", '#!/bin/sh\nprintf "%s|" path "$@" >>"$LOG"\nexit 9\n')
    assert sandbox.run("x", path=f"{tools}:{os.defpath}").returncode == 9
    assert sandbox.logged() == f"path|code|hook|run|{sandbox.hook}|x|"


@pytest.mark.parametrize("gone", ["python", "package"])
def test_without_any_secloop_the_hook_refuses_and_says_how_to_go_on(sandbox: Sandbox, gone: str) -> None:
    (sandbox.python if gone == "python" else sandbox.package).unlink()
    done = sandbox.run(path=os.defpath)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert ("reinstall" if sandbox.hook.on_server else "--no-verify") in done.stderr


def test_our_script_is_known_and_tells_its_python() -> None:
    text = stub.text(Hook.PRE_PUSH, stub.Launcher(python="/a b/python", package="/p"))
    assert stub.is_ours(text)
    assert stub.python_of(text) == "'/a b/python'"
    assert not stub.is_ours("#!/bin/sh\n")
    assert stub.python_of("#!/bin/sh\n") == ""
