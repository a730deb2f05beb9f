"""Fixtures every test folder shares."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

# A loaded machine is no defect; CI tries the same examples each time, a developer new ones.
settings.register_profile("steady", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("steady")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def shared() -> Path:
    """Return the folder `../shared` beside the project; the test is skipped where it is absent."""
    folder = Path(os.environ.get("SECLOOP_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip("needs ../shared beside the project")
    return folder


@pytest.fixture
def cold_cache(clean_environment: None) -> Path:  # noqa: ARG001 - it must come first
    """Return the test's cache folder, emptied: as on a user's first run."""
    folder = Path(os.environ["XDG_CACHE_HOME"])
    shutil.rmtree(folder)
    return folder


class Repository:
    """A git repository for a test: write files, commit, rename."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *args: str) -> str:
        """Run git with an identity and without the machine's configuration; return its output."""
        env = {
            **os.environ,
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "T",
            "GIT_AUTHOR_EMAIL": "t@example.org",
            "GIT_COMMITTER_NAME": "T",
            "GIT_COMMITTER_EMAIL": "t@example.org",
        }
        done = subprocess.run(["git", *args], cwd=self.path, env=env, check=True, capture_output=True, text=True)
        return done.stdout

    def write(self, path: str, content: str | bytes) -> Path:
        """Write a file below the repository, making its folders."""
        target = self.path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        return target

    def commit(self, message: str = "change") -> str:
        """Commit everything; return the commit id."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD").strip()


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    """Make an empty git repository."""
    return Repository(tmp_path / "repo")


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the rules once a session; every test starts with them, as a user's second scan does."""
    from secloop.rules import index
    from secloop.scan.base import Settings
    from secloop.stages.code.secrets.sensor import SecretsSensor

    folder = tmp_path_factory.mktemp("compiled")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        SecretsSensor().configure(Settings(), index.builtin())
    return folder


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, compiled: Path) -> Iterator[None]:
    """Keep every test away from the user's state, cache and configuration.

    Compiled rules take megabytes: tests share them by hard links (they are replaced, never written into), and each
    test's folder goes with it.
    """
    beside = tmp_path.with_name(f"{tmp_path.name}-xdg")
    shutil.copytree(compiled, beside / "cache", copy_function=os.link)
    for name in list(os.environ):
        if name.startswith(("SECLOOP_", "GITHUB_", "CI_")) and name != "SECLOOP_SHARED":
            monkeypatch.delenv(name)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(beside / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(beside / "state"))
    monkeypatch.setenv("XDG_DATA_HOME", str(beside / "data"))
    monkeypatch.setenv("NO_COLOR", "1")
    yield
    shutil.rmtree(beside, ignore_errors=True)


@dataclass(frozen=True)
class Result:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Stdout as JSON."""
        return json.loads(self.out)


class CommandLine:
    """Runs `secloop ARGS` in this process, in a folder, with stdout and stderr caught."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(self, *args: str | Path, cwd: Path | None = None) -> Result:
        """Return the exit code and what was printed."""
        from secloop.cli.main import run

        out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
        with self._monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            if cwd is not None:
                patch.chdir(cwd)
            code = run([str(arg) for arg in args])
            out.flush()
            err.flush()
        return Result(code, *(s.buffer.getvalue().decode() for s in (out, err)))


@pytest.fixture
def secloop(monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return the command line."""
    return CommandLine(monkeypatch)
