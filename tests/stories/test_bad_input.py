"""Bad input gets one clear line, the right exit code, and loses nothing."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from secloop.rules.generate import expand

if TYPE_CHECKING:
    from conftest import CommandLine, Repository, Result

LEAK = f'token = "{expand("{{crc32:ghp_,30}}")}"\n'


def one_line(result: Result, *words: str) -> None:
    """Check that the error is one line on stderr, names what happened and is no traceback."""
    lines = result.err.strip().splitlines()
    assert len(lines) == 1, result.err
    assert "Traceback" not in result.err
    for word in words:
        assert word in lines[0]


def gaps(result: Result) -> dict[str, str]:
    return {gap["file"]: gap["class"] for gap in result.json["coverage"]["gaps"]}


def test_a_missing_path(tmp_path: Path, secloop: CommandLine) -> None:
    result = secloop("scan", tmp_path / "nowhere")
    assert result.code == 2
    one_line(result, "nowhere", "Check the path")


def test_a_path_outside_the_root_is_refused_wherever_it_stands(
    repo: Repository, tmp_path: Path, secloop: CommandLine
) -> None:
    repo.write("a.py", "")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "app.py").write_text(LEAK)
    for paths in ((repo.path, tmp_path / "other"), (tmp_path / "other", repo.path)):
        result = secloop("scan", *paths)
        assert result.code == 2
        one_line(result, "lies outside the project root")


def test_a_folder_as_output(repo: Repository, secloop: CommandLine) -> None:
    repo.write("a.py", "")
    result = secloop("scan", "-f", "json", "-o", ".", cwd=repo.path)
    assert result.code == 2
    one_line(result, "Cannot write .")


def test_an_empty_repository_is_scanned_and_does_not_pass(repo: Repository, secloop: CommandLine) -> None:
    result = secloop("scan", "-f", "json", cwd=repo.path)
    assert result.code == 3
    assert result.json["verdict"]["gate"] != "passed"
    assert "no file was scanned" in result.json["coverage"]["missing"][0]
    assert result.json["coverage"]["files"]["seen"] == 0


def test_a_folder_without_git(tmp_path: Path, secloop: CommandLine) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "app.py").write_text(LEAK)
    result = secloop("scan", "-f", "json", cwd=tmp_path / "plain")
    assert result.code == 1
    assert result.json["run"]["commit"] == ""
    assert secloop("scan", "--since", "main", cwd=tmp_path / "plain").code == 2
    assert secloop("scan", "--staged", cwd=tmp_path / "plain").code == 2


def test_an_unknown_ref(repo: Repository, secloop: CommandLine) -> None:
    repo.write("a.py", "")
    repo.commit()
    for flag in ("--since", "--baseline-ref"):
        result = secloop("scan", flag, "no-such-ref", cwd=repo.path)
        assert result.code == 2
        one_line(result, "no-such-ref")


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_an_unreadable_file_makes_the_run_incomplete(repo: Repository, secloop: CommandLine) -> None:
    repo.write("app.py", "x = 1\n")
    repo.commit()
    link = repo.path / "gone.py"
    link.write_text("secret")
    link.chmod(0)
    if os.access(link, os.R_OK):
        pytest.skip("root reads every file; tests/scan drops to another user for this")
    result = secloop("scan", "-f", "json", cwd=repo.path)
    assert result.code == 3
    assert gaps(result) == {"gone.py": "failed"}


def test_a_2_gb_file_costs_nothing_and_is_not_called_scanned(repo: Repository, secloop: CommandLine) -> None:
    repo.write("app.py", "x = 1\n")
    big = repo.path / "dump.sql"
    big.write_text("insert into t values (1);\n" * 1000)
    os.truncate(big, 2 << 30)
    result = secloop("scan", "-f", "json", cwd=repo.path)
    assert result.code == 3
    assert gaps(result)["dump.sql"] == "limited"
    forgiven = secloop("scan", "--allow-incomplete", cwd=repo.path)
    assert forgiven.code == 0


def test_deep_nesting_is_no_crash(repo: Repository, secloop: CommandLine) -> None:
    repo.write("deep.json", "[" * 100_000)
    repo.write("package-lock.json", '{"packages":' * 50_000)
    repo.write("pyproject.toml", "a = " + "[" * 50_000)
    folder = "/".join("d" for _ in range(80))
    repo.write(f"{folder}/app.py", LEAK)
    result = secloop("scan", "-f", "json", cwd=repo.path)
    assert result.code in {1, 3}
    assert "internal" not in result.err
    assert gaps(result)["package-lock.json"] in {"failed", "partial"}
    assert any(row["file"].endswith("d/app.py") for row in result.json["findings"])


def test_a_symlink_loop_and_a_link_out_of_the_root(repo: Repository, secloop: CommandLine, tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    outside.write_text(LEAK)
    repo.write("a/x.py", "x = 1\n")
    (repo.path / "a" / "loop").symlink_to(repo.path / "a", target_is_directory=True)
    (repo.path / "out.py").symlink_to(outside)
    result = secloop("scan", "-f", "json", cwd=repo.path)
    assert result.code == 0
    assert result.json["findings"] == []


def test_invalid_utf8_and_odd_names(repo: Repository, secloop: CommandLine) -> None:
    repo.write("latin.py", b"# caf\xe9\n" + LEAK.encode())
    repo.write("with\nnewline.py", LEAK)
    os.makedirs(os.fsencode(repo.path) + b"/b\xff")  # noqa: PTH103 - the name is bytes
    with open(os.fsencode(repo.path) + b"/b\xff/a.py", "wb") as file:  # noqa: PTH123 - the name is bytes
        file.write(LEAK.encode())
    for name in ("json", "table", "sarif", "html", "csv", "markdown", "junit", "gitlab"):
        result = secloop("scan", "-f", name, cwd=repo.path)
        assert result.code == 1, (name, result.err)
    assert len(secloop("scan", "-f", "json", cwd=repo.path).json["findings"]) == 3


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("package-lock.json", '{"packages": {'),
        ("uv.lock", "[[package]\nname ="),
        ("poetry.lock", "[[package]]\nname = "),
        ("pyproject.toml", "[project\n"),
        ("go.mod", "module x\nrequire (\n"),
    ],
)
def test_a_broken_lock_file_is_incomplete_and_the_rest_is_found(
    repo: Repository,
    secloop: CommandLine,
    name: str,
    text: str,
) -> None:
    repo.write(name, text)
    repo.write("sub/requirements.txt", "jinja2==2.10\n")
    result = secloop("scan", "-f", "json", cwd=repo.path)
    assert gaps(result).get(name) in {"failed", "partial"}
    assert "jinja2" in {row["component"] for row in result.json["findings"]}


def test_a_broken_configuration(repo: Repository, secloop: CommandLine) -> None:
    repo.write("secloop.toml", "[scan\njobs = 1\n")
    result = secloop("scan", cwd=repo.path)
    assert result.code == 2
    one_line(result, "secloop.toml:1")


def test_an_unknown_configuration_key_gets_a_suggestion(repo: Repository, secloop: CommandLine) -> None:
    repo.write("secloop.toml", "[scan]\nexlude = ['a']\n")
    result = secloop("scan", cwd=repo.path)
    assert result.code == 2
    one_line(result, "exlude", "exclude")


def test_a_corrupt_state_is_kept_and_named(repo: Repository, secloop: CommandLine) -> None:
    repo.write("app.py", "x = 1\n")
    secloop("init", cwd=repo.path)
    state = repo.write(".secloop/state.db", b"not a database" * 100)
    result = secloop("scan", cwd=repo.path)
    assert result.code == 2
    one_line(result, "state.db", "Move")
    assert state.read_bytes() == b"not a database" * 100


def test_a_corrupt_cache_is_rebuilt(repo: Repository, secloop: CommandLine) -> None:
    repo.write("app.py", LEAK)
    secloop("scan", cwd=repo.path)
    for path in Path(os.environ["XDG_CACHE_HOME"]).rglob("*"):
        if path.is_file():
            path.write_bytes(b"garbage" * 500)
    assert secloop("scan", cwd=repo.path).code == 1


def test_a_full_disk_loses_no_earlier_run_and_still_reports(
    repo: Repository,
    secloop: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    repo.write("app.py", LEAK)
    secloop("init", cwd=repo.path)
    secloop("scan", cwd=repo.path)
    from secloop.store.store import Store

    before = sqlite3.connect(repo.path / ".secloop/state.db").execute("select count(*) from runs").fetchone()

    def full(*_: object, **__: object) -> None:
        from secloop.model.errors import StateError

        raise StateError("The store cannot grow: the disk is full", "Free some space")

    monkeypatch.setattr(Store, "record", full)
    result = secloop("scan", "-f", "json", "--soft-fail", cwd=repo.path)
    assert result.json["findings"]
    assert result.code == 3
    assert "disk is full" in result.err
    after = sqlite3.connect(repo.path / ".secloop/state.db").execute("select count(*) from runs").fetchone()
    assert before == after


def test_an_output_that_cannot_be_written(repo: Repository, secloop: CommandLine) -> None:
    repo.write("app.py", "x = 1\n")
    result = secloop("scan", "-o", repo.path / "app.py" / "x.json", cwd=repo.path)
    assert result.code == 2
    one_line(result, "Cannot write")


def test_a_malformed_policy(repo: Repository, secloop: CommandLine) -> None:
    repo.write("app.py", "x = 1\n")
    repo.write(".secloop/policies/a.yaml", "id: a\nfail: f.kev ||\nreason: r\nto_pass: p\n")
    result = secloop("scan", cwd=repo.path)
    assert result.code == 2
    one_line(result, "a.yaml")


def test_a_broken_exceptions_file(repo: Repository, secloop: CommandLine) -> None:
    repo.write("app.py", "x = 1\n")
    repo.write(".secloop/exceptions.yaml", "exceptions:\n  - id: a\n    resaon: typo\n")
    result = secloop("scan", cwd=repo.path)
    assert result.code == 2
    one_line(result, "exceptions.yaml", "resaon")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["scan", "--format", "sarfi"], ["sarfi", "sarif"]),
        (["scan", "--report", "sarif"], ["FORMAT=PATH"]),
        (["scan", "--profile", "defualt"], ["defualt", "default"]),
        (["scan", "--advisories", "nowhere.zip"], ["nowhere.zip"]),
        (["scan", "--baseline", "nowhere.json"], ["nowhere.json"]),
        (["findings"], ["secloop scan"]),
        (["gate"], ["secloop scan"]),
        (["report"], ["secloop scan"]),
        (["baseline"], ["secloop scan"]),
        (["explain", "githb-token"], ["github-token"]),
        (["accept", "s-00", "--reason", "r", "--until", "soon"], ["soon", "YYYY-MM-DD"]),
        (["accept", "s-00", "--reason", "r", "--until", "2001-01-01"], ["past"]),
    ],
)
def test_a_wrong_argument_is_named_with_a_way_out(
    repo: Repository,
    secloop: CommandLine,
    args: list[str],
    words: list[str],
) -> None:
    repo.write("app.py", "x = 1\n")
    result = secloop(*args, cwd=repo.path)
    assert result.code == 2, result.out
    one_line(result, *words)


def test_an_unknown_command_gets_a_suggestion(secloop: CommandLine) -> None:
    result = secloop("scna")
    assert result.code == 2
    assert "scan" in result.err


def test_an_unknown_sensor_to_disable(repo: Repository, secloop: CommandLine) -> None:
    repo.write("secloop.toml", "[scan]\ndisable = ['secrts']\n")
    result = secloop("scan", cwd=repo.path)
    assert result.code == 2
    one_line(result, "secrts")


def test_a_disabled_sensor_is_not_covered(repo: Repository, secloop: CommandLine) -> None:
    repo.write("secloop.toml", "[scan]\ndisable = ['secrets']\n")
    repo.write("app.py", LEAK)
    report = secloop("scan", "-f", "json", cwd=repo.path).json
    assert report["coverage"]["stages"]["code"] == "not-covered"


def test_a_read_only_state_folder_is_said_and_the_scan_goes_on(
    repo: Repository,
    secloop: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    repo.write("app.py", "x = 1\n")
    monkeypatch.setattr("secloop.loop.memory.os.access", lambda *_: False)
    result = secloop("scan", "-f", "json", cwd=repo.path)
    assert result.code == 0
    assert "Nothing is remembered" in result.err


def test_a_glob_that_matches_nothing(repo: Repository, secloop: CommandLine) -> None:
    repo.write("app.py", "x = 1\n")
    result = secloop("scan", repo.path / "zz*.py")
    assert result.code == 2
    one_line(result, "zz*.py")


def test_a_broken_lock_beside_a_healthy_one_counts_alone(repo: Repository, secloop: CommandLine) -> None:
    repo.write("sub/requirements.txt", "flask==1.0\n")
    repo.write("sub/package-lock.json", '{"lock')
    files = secloop("scan", "-f", "json", cwd=repo.path).json["coverage"]["files"]
    assert (files["failed"], files["scanned"]) == (1, 1)
