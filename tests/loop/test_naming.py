"""A secret in the name of a file is masked in everything that is said of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from secloop.interop.formats import FORMATS
from secloop.loop.naming import read_names
from secloop.rules.generate import expand
from secloop.rules.index import builtin
from secloop.scan.base import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine, Repository

TOKEN = expand("{{crc32:ghp_,30}}")
SHOWN = f"ghp_****{TOKEN[-4:]}"


@pytest.fixture
def named(repo: Repository) -> Path:
    """Return a project with a secret in a file whose name holds it, and a file too large by such a name."""
    repo.write("secloop.toml", '[scan]\nmax_file_size = "1KB"\n')
    repo.write(f"app/{TOKEN}.py", f'token = "{TOKEN}"\n')
    repo.write(f"app/big-{TOKEN}.txt", "word " * 1000)
    repo.write("requirements.txt", "pyyaml==5.3.1\n")
    repo.commit()
    return repo.path


@pytest.mark.parametrize("name", FORMATS)
def test_no_report_shows_it(secloop: CommandLine, named: Path, name: str) -> None:
    done = secloop("scan", "--no-store", "-f", name, cwd=named)
    assert TOKEN not in done.out + done.err
    if "dependencies" not in name and name != "gitlab-sast":
        assert SHOWN in done.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("findings",),
        ("findings", "--format", "json"),
        ("gate", "--explain"),
        ("baseline", "--check"),
        ("rules", "try", "github-token"),
        ("rules", "try", "github-token", "-f", "json"),
        ("code", "secrets", "-v"),
        ("code", "history"),
    ],
    ids=" ".join,
)
def test_no_command_shows_it(secloop: CommandLine, named: Path, arguments: tuple[str, ...]) -> None:
    secloop("scan", cwd=named)
    done = secloop(*arguments, cwd=named)
    assert TOKEN not in done.out + done.err
    assert SHOWN in done.out


def test_accepting_by_the_real_place_still_holds(secloop: CommandLine, named: Path) -> None:
    finding = secloop("scan", "-f", "json", cwd=named).json["findings"][0]["id"]
    done = secloop("accept", finding, "--reason", "sample", "--until", "2999-01-01", cwd=named)
    assert TOKEN not in done.out
    rows = secloop("scan", "-f", "json", cwd=named).json["findings"]
    assert [row["suppressed"] is None for row in rows if row["kind"] == "secret"] == [False]


def test_hashes_and_ids_in_names_are_names() -> None:
    names = ["dist/app.4f3e2a1b9c8d7e6f5a4b3c2d.js", "db/1f0e6f0a-7c9a-4e57-8d2b-0c9a5b1e2f33.sql", "a/README.md"]
    assert read_names(names, Settings(), builtin()).shown == {}


def test_all_that_a_name_holds_is_masked_and_texts_that_quote_it() -> None:
    other = expand("{{crc32:ghp_,30}}", seed="other")
    name = f"{TOKEN}/é {other}.txt"
    names = read_names([name], Settings(), builtin())
    assert names.shown[name] == f"{SHOWN}/é ghp_****{other[-4:]}.txt"
    assert names.text(f"cannot read {name}") == f"cannot read {names.shown[name]}"
