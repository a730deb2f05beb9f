"""`secloop code secrets` looks into the archives it is given, and a scan of a folder leaves them closed."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from secloop.rules.generate import expand

if TYPE_CHECKING:
    from conftest import CommandLine, Repository


def test_a_secret_in_a_wheel_is_found_where_the_wheel_is_named(repo: Repository, secloop: CommandLine) -> None:
    with zipfile.ZipFile(repo.path / "shop.whl", "w") as wheel:
        wheel.writestr("shop/settings.py", expand('TOKEN = "{{crc32:ghp_,30}}"\n', "wheel"))
    named = secloop("code", "secrets", "shop.whl", "-f", "json", cwd=repo.path)
    [row] = named.json["findings"]
    assert named.code == 1
    assert (row["file"], row["line"], row["rule"]) == ("shop.whl!/shop/settings.py", 1, "github-token.classic")
    assert secloop("code", "secrets", "-f", "json", cwd=repo.path).json["findings"] == []


def test_a_broken_archive_makes_the_run_incomplete(repo: Repository, secloop: CommandLine) -> None:
    (repo.path / "shop.whl").write_bytes(b"PK\x03\x04 nothing")
    result = secloop("code", "secrets", "shop.whl", "-f", "json", cwd=repo.path)
    [gap] = result.json["coverage"]["gaps"]
    assert (gap["file"], gap["class"]) == ("shop.whl", "failed")
    assert result.code != 0
