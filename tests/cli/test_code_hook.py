"""`secloop code hook` with real git: commits and pushes that are refused, and those that are not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from conftest import Repository
from secloop.rules.generate import expand
from secloop.stages.code.hooks import folder

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine

TOKEN = expand("{{crc32:ghp_,30}}")
OTHER = expand("{{crc32:ghp_,30}}", seed="other")
SECRET = f'token = "{TOKEN}"\n'
LONG = "".join(f"x{n} = {n}\n" for n in range(40))
HEAVY = {
    "sqlalchemy",
    "alembic",
    "multiprocessing",
    "concurrent.futures",
    "jinja2",
    "asyncio",
    "yaml",
    "google.protobuf",
}
UNUSED = {"secloop.store", "secloop.interop", "secloop.policy.cel", "secloop.stages.build", "secloop.loop.pipeline"}


def attempt(repo: Repository, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run git and return how it ended."""
    environ = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "T",
        "GIT_AUTHOR_EMAIL": "t@example.org",
        "GIT_COMMITTER_NAME": "T",
        "GIT_COMMITTER_EMAIL": "t@example.org",
        "GIT_EDITOR": "true",
        **env,
    }
    return subprocess.run(
        ["git", *args], cwd=repo.path, env=environ, check=False, capture_output=True, text=True, errors="replace"
    )


def commit(repo: Repository, *args: str) -> subprocess.CompletedProcess[str]:
    """Stage everything and try to commit it."""
    repo.git("add", "-A")
    return attempt(repo, "commit", "-q", "-m", "change", *args)


def passed(done: subprocess.CompletedProcess[str]) -> bool:
    """Whether git did what was asked; a hook that lets something pass is silent."""
    assert "secloop" not in done.stderr or done.returncode, done.stderr
    return done.returncode == 0


@pytest.fixture(autouse=True)
def one_cache(
    clean_environment: None,  # noqa: ARG001 - runs before, and names another folder
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Let all tests here use the rules that the first of them compiled."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "hook-cache"))


@pytest.fixture
def hooked(tmp_path: Path, secloop: CommandLine) -> Repository:
    """Make a repository with the pre-commit hook, in a folder with spaces, with one commit."""
    repo = Repository(tmp_path / "my repo's folder")
    repo.write("README.md", "hello\n")
    repo.commit()
    assert secloop("code", "hook", "install", cwd=repo.path).code == 0
    return repo


@pytest.fixture
def server(tmp_path: Path, hooked: Repository, secloop: CommandLine) -> Path:
    """Make a bare repository with the pre-receive hook, known as `origin`; the pushing side has no hook."""
    place = tmp_path / "the server.git"
    hooked.git("init", "-q", "--bare", "-b", "main", str(place))
    assert secloop("code", "hook", "install", "--root", place).code == 0
    hooked.git("remote", "add", "origin", str(place))
    assert secloop("code", "hook", "uninstall", cwd=hooked.path).code == 0
    return place


# -- commit -----------------------------------------------------------------------------------------------------------


def test_a_commit_that_adds_a_secret_is_refused_with_what_to_do(hooked: Repository) -> None:
    hooked.write("app/settings.py", "import os\n" + SECRET)
    done = commit(hooked)
    assert done.returncode == 1
    assert "app/settings.py:2:10  github-token" in done.stderr
    for part in ("Fix:", "secloop:ignore", "secloop accept", "git commit --no-verify"):
        assert part in done.stderr
    assert TOKEN not in done.stderr
    assert len(done.stderr.splitlines()) <= 8
    assert hooked.git("rev-list", "--count", "HEAD") == "1\n"
    assert commit(hooked, "--no-verify").returncode == 0


def test_a_secret_in_a_files_name_is_not_shown_either(hooked: Repository) -> None:
    hooked.write(f"{TOKEN}.py", SECRET)
    done = commit(hooked)
    assert done.returncode == 1
    assert f"ghp_****{TOKEN[-4:]}.py:1:10" in done.stderr
    assert TOKEN not in done.stderr


def test_a_clean_commit_passes_in_silence(hooked: Repository) -> None:
    hooked.write("a.py", "import os\n")
    done = commit(hooked)
    assert passed(done)
    assert (done.stdout, done.stderr) == ("", "")


def test_what_is_staged_counts_not_what_lies_in_the_work_tree(hooked: Repository) -> None:
    hooked.write("a.py", SECRET)
    hooked.git("add", "-A")
    hooked.write("a.py", "clean = True\n")
    assert not passed(attempt(hooked, "commit", "-q", "-m", "x"))
    hooked.git("add", "-A")
    hooked.write("a.py", SECRET)
    assert passed(attempt(hooked, "commit", "-q", "-m", "x"))


def test_a_commit_of_one_path_is_checked_by_that_path(hooked: Repository) -> None:
    hooked.write("bad.py", SECRET)
    hooked.write("good.py", "x = 1\n")
    hooked.git("add", "-A")
    assert passed(attempt(hooked, "commit", "-q", "-m", "x", "good.py"))
    assert not passed(attempt(hooked, "commit", "-q", "-m", "x", "bad.py"))


def test_the_first_commit_is_checked(tmp_path: Path, secloop: CommandLine) -> None:
    repo = Repository(tmp_path / "new")
    assert secloop("code", "hook", "install", cwd=repo.path).code == 0
    repo.write("a.py", SECRET)
    assert not passed(commit(repo))
    repo.write("a.py", "x = 1\n")
    assert passed(commit(repo))


def test_a_secret_that_is_there_already_does_not_stop_work(hooked: Repository) -> None:
    hooked.write("a.py", SECRET + LONG)
    assert commit(hooked, "--no-verify").returncode == 0
    hooked.write("a.py", "import os\n" + SECRET + LONG)
    assert passed(commit(hooked)), "moved down a line"
    hooked.git("mv", "a.py", "b.py")
    hooked.write("b.py", SECRET + LONG + "x = 1\n")
    assert passed(commit(hooked)), "renamed and changed"
    hooked.write("b.py", f'token = "{OTHER}"\n' + LONG)
    assert not passed(commit(hooked)), "another value"
    hooked.git("checkout", "-q", "HEAD", "b.py")
    hooked.write("copy.py", SECRET)
    assert not passed(commit(hooked)), "a copy is a new place"


def test_amending_counts_what_the_amendment_adds(hooked: Repository) -> None:
    hooked.write("a.py", "x = 1\n")
    assert passed(commit(hooked))
    hooked.write("a.py", SECRET)
    hooked.git("add", "-A")
    assert not passed(attempt(hooked, "commit", "-q", "--amend", "--no-edit"))
    assert passed(attempt(hooked, "commit", "-q", "--amend", "-m", "other words", "--only"))


def test_deleting_a_secret_passes(hooked: Repository) -> None:
    hooked.write("a.py", SECRET)
    hooked.write("b.py", SECRET + LONG)
    assert commit(hooked, "--no-verify").returncode == 0
    (hooked.path / "a.py").unlink()
    hooked.write("b.py", LONG)
    assert passed(commit(hooked))


def test_a_merge_is_not_blamed_for_what_the_other_side_has(hooked: Repository) -> None:
    hooked.write("a.py", "x = 0\n" + LONG)
    assert passed(commit(hooked))
    hooked.git("checkout", "-q", "-b", "side")
    hooked.write("a.py", SECRET + LONG)
    hooked.write("theirs.py", SECRET)
    assert commit(hooked, "--no-verify").returncode == 0
    hooked.git("checkout", "-q", "main")
    hooked.write("a.py", "x = 1\n" + LONG)
    assert passed(commit(hooked))
    assert attempt(hooked, "merge", "-q", "side").returncode == 1
    hooked.write("a.py", f'token = "{OTHER}"\n' + LONG)
    assert not passed(commit(hooked)), "added while resolving"
    hooked.write("a.py", "x = 1\n" + SECRET + LONG)
    assert passed(commit(hooked))


def test_odd_files_pass_through(hooked: Repository) -> None:
    (hooked.path / os.fsdecode(b"caf\xe9.py")).write_text("x = 1\n")
    hooked.write("with space\tand tab.py", "x = 1\n")
    hooked.write("a.bin", b"\0\1" + TOKEN.encode())
    hooked.write("empty", b"")
    (hooked.path / "link").symlink_to("/etc/passwd")
    assert passed(commit(hooked))
    (hooked.path / os.fsdecode(b"caf\xe9.py")).write_text(SECRET)
    done = commit(hooked)
    assert not passed(done)
    assert "caf\\xe9.py:1:" in done.stderr


def test_a_submodule_that_moves_passes(hooked: Repository, tmp_path: Path) -> None:
    other = Repository(tmp_path / "other")
    other.write("a.py", SECRET)
    other.commit()
    hooked.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.path), "sub")
    assert passed(commit(hooked))
    Repository(hooked.path / "sub").commit()
    assert passed(commit(hooked))


def test_a_submodule_and_a_linked_work_tree_have_hooks_of_their_own_kind(
    hooked: Repository, tmp_path: Path, secloop: CommandLine
) -> None:
    hooked.git("worktree", "add", "-q", "-b", "linked", str(tmp_path / "linked tree"))
    linked = Repository.__new__(Repository)
    linked.path = tmp_path / "linked tree"
    linked.write("a.py", SECRET)
    assert not passed(commit(linked)), "linked work trees share the hooks"
    assert "kept    pre-commit" in secloop("code", "hook", "install", cwd=linked.path).out
    other = Repository(tmp_path / "other")
    other.commit()
    hooked.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.path), "sub")
    inner = Repository.__new__(Repository)
    inner.path = hooked.path / "sub"
    assert secloop("code", "hook", "install", cwd=inner.path).code == 0
    inner.write("a.py", SECRET)
    assert not passed(commit(inner))


def test_accepting_lets_a_commit_pass(hooked: Repository, secloop: CommandLine) -> None:
    hooked.write("a.py", SECRET)
    refused = commit(hooked).stderr
    finding = next(word for word in refused.split() if word.startswith("s-"))
    assert secloop("scan", cwd=hooked.path).code == 1
    accepted = secloop("accept", finding, "--reason", "sample", "--until", "2999-01-01", cwd=hooked.path)
    assert accepted.code == 0, accepted.err
    assert passed(commit(hooked))
    hooked.write("b.py", f'token = "{OTHER}"  # secloop:ignore github-token reason="sample"\n')
    assert passed(commit(hooked))


def test_the_configuration_is_honoured(hooked: Repository) -> None:
    hooked.write("secloop.toml", '[scan]\nexclude = ["samples/**"]\n')
    hooked.write("samples/a.py", SECRET)
    assert passed(commit(hooked))
    hooked.write("secloop.toml", '[scan]\nmax_file_size = "1KB"\n')
    hooked.write("big.py", "x = 1\n" * 1000)
    done = commit(hooked)
    assert done.returncode == 1
    assert "big.py: larger than 1 KB" in done.stderr
    hooked.write(
        "secloop.toml",
        '[scan]\nmax_file_size = "1KB"\n'
        'accept_incomplete = [{path = "/big.py", sensor = "secrets", reason = "made by a tool"}]\n',
    )
    assert passed(commit(hooked))
    hooked.write("secloop.toml", "[scan]\nexclud = []\n")
    done = commit(hooked)
    assert done.returncode == 1
    assert "exclud" in done.stderr
    hooked.write("secloop.toml", '[scan]\ndisable = ["secrets"]\n')
    done = commit(hooked)
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)


POLICY = """
id: no-weak-secrets
when: {kinds: [secret]}
fail: f.confidence == "low"
reason: Weak values are not ours
to_pass: Take it out
---
id: nothing-stale
fail: run.oldest_feed_days > 1
reason: A hook knows no feeds
to_pass: Update
---
id: no-weakness
when: {kinds: [weakness]}
fail: "true"
reason: A hook finds secrets only
to_pass: Fix it
"""


def test_the_projects_own_policies_may_refuse_more(hooked: Repository) -> None:
    weak = 'password = "Tr0ub4dor"\n'
    hooked.write("app/a.py", weak)
    assert passed(commit(hooked))
    hooked.write(".secloop/policies/own.yaml", POLICY)
    hooked.write("app/b.py", 'password = "Tr0ub5dor"\n')
    done = commit(hooked)
    assert done.returncode == 1
    assert "(policy no-weak-secrets: Weak values are not ours)" in done.stderr
    hooked.write("app/b.py", "x = 1\n")
    assert passed(commit(hooked))


def test_the_projects_profile_counts_too(hooked: Repository) -> None:
    hooked.write("secloop.toml", '[gate]\nprofile = "strict"\n')
    hooked.write("app/a.py", 'password = "Tr0ub4dor"\n')
    done = commit(hooked)
    assert done.returncode == 1
    assert "(policy open-finding: A finding of severity medium or above is open)" in done.stderr


# -- the message ------------------------------------------------------------------------------------------------------


@pytest.fixture
def messaged(hooked: Repository, secloop: CommandLine) -> Repository:
    """Return the repository with the hook for messages beside the one for contents."""
    done = secloop("code", "hook", "install", "--commit-msg", cwd=hooked.path)
    assert "wrote   commit-msg" in done.out
    assert "commit-msg   installed" in secloop("code", "hook", "status", cwd=hooked.path).out
    return hooked


def test_a_secret_in_the_message_is_refused_with_what_to_do(messaged: Repository, secloop: CommandLine) -> None:
    messaged.write("a.py", "x = 1\n")
    messaged.git("add", "-A")
    done = attempt(messaged, "commit", "-q", "-m", f"Use it\n\ntoken: {TOKEN}\n")
    assert done.returncode == 1
    assert "The commit message holds 1 secret" in done.stderr
    assert "COMMIT_EDITMSG:3:8  github-token" in done.stderr
    assert TOKEN not in done.stderr
    assert passed(attempt(messaged, "commit", "-q", "-m", "Use it"))
    said = f'token: {OTHER}  # secloop:ignore github-token reason="sample"'
    assert passed(attempt(messaged, "commit", "-q", "--amend", "-m", said))
    assert "removed commit-msg" in secloop("code", "hook", "uninstall", cwd=messaged.path).out


def test_the_diff_that_git_shows_below_a_message_is_no_message(messaged: Repository) -> None:
    messaged.write("a.py", f'token = "{TOKEN}"  # secloop:ignore reason="sample"\nother = 1\n')
    messaged.git("add", "-A")
    assert passed(attempt(messaged, "commit", "-q", "-v", "-e", "-m", "With the diff"))


def test_the_projects_exceptions_and_configuration_hold_for_messages(messaged: Repository) -> None:
    messaged.write(
        ".secloop/exceptions.yaml",
        "exceptions:\n  - {id: e, rule: github-token, path: /COMMIT_EDITMSG, reason: sample}\n",
    )
    messaged.git("add", "-A")
    assert passed(attempt(messaged, "commit", "-q", "-m", f"token: {TOKEN}"))
    messaged.write("secloop.toml", '[scan]\nmax_file_size = "1KB"\n')
    messaged.git("add", "-A")
    done = attempt(messaged, "commit", "-q", "-m", "long\n\n" + "word " * 300)
    assert done.returncode == 1
    assert "COMMIT_EDITMSG: larger than 1 KB" in done.stderr


def test_a_message_without_a_file_is_refused(messaged: Repository) -> None:
    assert run(messaged, "commit-msg").returncode == 2


# -- beside other things ----------------------------------------------------------------------------------------------


def test_python_does_not_import_what_lies_in_the_repository(hooked: Repository) -> None:
    for name in ("secloop", "click", "msgspec", "sitecustomize", "json"):
        hooked.write(f"{name}.py", 'open("ran", "w").close()\nraise SystemExit(0)\n')
    hooked.write("a.py", SECRET)
    assert not passed(commit(hooked))
    assert not (hooked.path / "ran").exists()


# -- install, uninstall, status ---------------------------------------------------------------------------------------


def test_a_former_hook_is_chained_and_comes_back(hooked: Repository, secloop: CommandLine) -> None:
    assert secloop("code", "hook", "uninstall", cwd=hooked.path).code == 0
    former = hooked.write(".git/hooks/pre-commit", "#!/bin/sh\ntest ! -e stop\n")
    former.chmod(0o755)
    assert "runs first" in secloop("code", "hook", "install", cwd=hooked.path).out
    assert secloop("code", "hook", "install", cwd=hooked.path).code == 0
    hooked.write("a.py", SECRET)
    assert not passed(commit(hooked))
    hooked.write("a.py", "x = 1\n")
    hooked.write("stop", "")
    assert attempt(hooked, "commit", "-qam", "x").returncode == 1
    (hooked.path / "stop").unlink()
    assert passed(commit(hooked))
    assert secloop("code", "hook", "uninstall", cwd=hooked.path).code == 0
    assert former.read_text() == "#!/bin/sh\ntest ! -e stop\n"
    assert not (former.parent / "pre-commit.before-secloop").exists()
    hooked.write("b.py", SECRET)
    assert passed(commit(hooked))


def test_core_hookspath_is_where_the_hook_goes(hooked: Repository, tmp_path: Path, secloop: CommandLine) -> None:
    hooked.git("config", "core.hooksPath", str(tmp_path / "all hooks"))
    done = secloop("code", "hook", "install", "--pre-commit", "--pre-push", cwd=hooked.path)
    assert "serves every repository" in done.out
    assert sorted(path.name for path in (tmp_path / "all hooks").iterdir()) == ["pre-commit", "pre-push"]
    hooked.write("a.py", SECRET)
    assert not passed(commit(hooked))


def test_a_managed_hook_is_left_alone_with_a_snippet(hooked: Repository, secloop: CommandLine) -> None:
    hooked.git("config", "core.hooksPath", ".husky/_")
    done = secloop("code", "hook", "install", cwd=hooked.path)
    assert (done.code, done.out) == (2, 'secloop code hook run pre-commit "$@"\n')
    assert ".husky/pre-commit" in done.err
    assert not (hooked.path / ".husky").exists()


def test_status_says_what_is_in_place(hooked: Repository, secloop: CommandLine) -> None:
    lines = secloop("code", "hook", "status", cwd=hooked.path).out.splitlines()
    assert lines[1:] == ["pre-commit   installed", "commit-msg   absent", "pre-push     absent"]


@pytest.mark.parametrize("bare", [True, False])
def test_a_hook_that_makes_no_sense_is_refused(tmp_path: Path, secloop: CommandLine, *, bare: bool) -> None:
    repo = Repository(tmp_path / "r")
    repo.git("init", "-q", "--bare", "../s.git")
    done = secloop(
        "code",
        "hook",
        "install",
        "--pre-commit" if bare else "--pre-receive",
        cwd=tmp_path / ("s.git" if bare else "r"),
    )
    assert done.code == 2
    assert "makes no sense here" in done.err


# -- push -------------------------------------------------------------------------------------------------------------


def test_a_push_is_checked_commit_by_commit(hooked: Repository, tmp_path: Path, secloop: CommandLine) -> None:
    hooked.git("init", "-q", "--bare", str(tmp_path / "plain.git"))
    hooked.git("remote", "add", "origin", str(tmp_path / "plain.git"))
    assert secloop("code", "hook", "install", "--pre-push", cwd=hooked.path).code == 0
    assert passed(attempt(hooked, "push", "-q", "origin", "main"))
    hooked.write("a.py", SECRET)
    assert commit(hooked, "--no-verify").returncode == 0
    (hooked.path / "a.py").unlink()
    assert passed(commit(hooked))
    done = attempt(hooked, "push", "-q", "origin", "main:other")
    assert done.returncode == 1
    assert "a.py:1:10" in done.stderr
    assert f"in commit {hooked.git('rev-parse', '--short=12', 'HEAD~1')}".strip() in done.stderr
    assert passed(attempt(hooked, "push", "-q", "--no-verify", "origin", "main"))
    hooked.write("b.py", "x = 1\n")
    assert passed(commit(hooked))
    assert passed(attempt(hooked, "push", "-q", "origin", "main", "main:new", "--force")), "known there by now"
    assert passed(attempt(hooked, "push", "-q", "origin", ":new"))


def test_a_comment_added_later_lets_a_refused_push_through(
    hooked: Repository, tmp_path: Path, secloop: CommandLine
) -> None:
    hooked.git("init", "-q", "--bare", str(tmp_path / "plain.git"))
    assert secloop("code", "hook", "install", "--pre-push", cwd=hooked.path).code == 0
    hooked.write("a.py", SECRET)
    assert commit(hooked, "--no-verify").returncode == 0
    assert not passed(attempt(hooked, "push", "-q", str(tmp_path / "plain.git"), "main"))
    hooked.write("a.py", SECRET.rstrip() + '  # secloop:ignore github-token reason="sample"\n')
    assert passed(commit(hooked))
    assert passed(attempt(hooked, "push", "-q", str(tmp_path / "plain.git"), "main"))


def test_a_server_refuses_what_a_push_brings(hooked: Repository, server: Path) -> None:
    assert passed(attempt(hooked, "push", "-q", "origin", "main"))
    hooked.write("a.py", SECRET)
    hooked.commit()
    done = attempt(hooked, "push", "-q", "--no-verify", "origin", "main:feature", "main:other")
    assert done.returncode == 1
    assert "remote: secloop: This push brings 1 secret" in done.stderr
    assert done.stderr.count("a.py:1:10") == 1
    tags = hooked.git("for-each-ref", "--format=%(refname)")
    assert "refs/remotes/origin/feature" not in tags
    hooked.git("reset", "-q", "--hard", "HEAD~1")
    hooked.write("b.py", "x = 1\n")
    hooked.commit()
    assert passed(attempt(hooked, "push", "-q", "origin", "main", "main:feature"))
    assert passed(attempt(hooked, "push", "-q", "origin", ":feature"))
    assert server.is_dir()


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("broken", [False, True])
def test_a_server_asks_the_policies_of_its_default_branch(hooked: Repository, *, broken: bool) -> None:
    hooked.write(".secloop/policies/own.yaml", "nonsense: [" if broken else POLICY)
    hooked.commit()
    assert passed(attempt(hooked, "push", "-q", "origin", "main"))
    hooked.write("app/b.py", 'password = "Tr0ub4dor"\n')
    hooked.commit()
    done = attempt(hooked, "push", "-q", "origin", "main")
    assert ("no-weak-secrets" in done.stderr) is (not broken)
    assert (done.returncode == 0) is broken


@pytest.mark.usefixtures("server")
def test_a_push_cannot_turn_off_its_own_check_but_can_accept(hooked: Repository, secloop: CommandLine) -> None:
    assert passed(attempt(hooked, "push", "-q", "origin", "main"))
    hooked.write("secloop.toml", '[scan]\ndisable = ["secrets"]\n')
    hooked.write("a.py", SECRET)
    hooked.commit()
    assert not passed(attempt(hooked, "push", "-q", "origin", "main"))
    (hooked.path / "secloop.toml").unlink()
    hooked.commit()
    assert secloop("scan", cwd=hooked.path).code == 1
    rows = secloop("scan", "--format", "json", cwd=hooked.path).json["findings"]
    done = secloop("accept", rows[0]["id"], "--reason", "sample", "--until", "2999-01-01", cwd=hooked.path)
    assert done.code == 0, done.err
    hooked.commit()
    assert passed(attempt(hooked, "push", "-q", "origin", "main"))


# -- run --------------------------------------------------------------------------------------------------------------


def test_the_pre_commit_framework_can_run_the_push_check(hooked: Repository) -> None:
    base = hooked.git("rev-parse", "HEAD").strip()
    hooked.write("a.py", SECRET)
    assert commit(hooked, "--no-verify").returncode == 0
    new = hooked.git("rev-parse", "HEAD").strip()
    environ = {"PRE_COMMIT": "1", "PRE_COMMIT_FROM_REF": base, "PRE_COMMIT_TO_REF": new}
    done = run(hooked, "pre-push", **environ)
    assert done.returncode == 1
    assert "This push brings 1 secret" in done.stderr
    assert run(hooked, "pre-push", **{**environ, "PRE_COMMIT_FROM_REF": new}).returncode == 0


def test_input_that_git_does_not_write_is_refused(hooked: Repository) -> None:
    assert run(hooked, "pre-push", stdin="nonsense\n").returncode == 2


def run(repo: Repository, hook: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """Run the hook's command as its script does."""
    command = [sys.executable, "-P", "-m", "secloop", "code", "hook", "run", hook]
    return subprocess.run(
        command, cwd=repo.path, env={**os.environ, **env}, input=stdin, capture_output=True, text=True, check=False
    )


def test_a_clean_commit_imports_nothing_it_does_not_need(hooked: Repository) -> None:
    hooked.write("a.py", "x = 1\n")
    hooked.git("add", "-A")
    code = (
        "import sys, json\n"
        "from secloop.cli.main import run\n"
        "assert run(['code', 'hook', 'run', 'pre-commit']) == 0\n"
        "print(json.dumps(sorted(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=hooked.path, check=True, capture_output=True, text=True)
    modules = set(json.loads(done.stdout))
    assert "secloop.stages.code.secrets.sensor" in modules
    assert not {m for m in modules if any(m == n or m.startswith(f"{n}.") for n in HEAVY | UNUSED)}


def test_the_script_names_the_secloop_that_put_it_there(hooked: Repository) -> None:
    text = (hooked.path / ".git" / "hooks" / "pre-commit").read_text()
    assert sys.executable in text
    assert folder.launcher().package in text


def test_the_hooks_of_the_manifest_exist() -> None:
    import yaml

    from conftest import ROOT

    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert [hook["id"] for hook in hooks] == ["secloop-secrets", "secloop-message", "secloop-push", "secloop"]
    for hook in hooks:
        assert hook["entry"].split()[0] == "secloop"
        takes_file = hook["stages"] == ["commit-msg"]  # the framework gives it the message's file
        assert hook.get("pass_filenames", True) is takes_file
