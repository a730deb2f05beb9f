"""`--verify` from the command line to the report, against a real loopback server that stands for every provider."""

from __future__ import annotations

import logging
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from loopback import Loopback, reply
from secloop.rules.generate import expand
from secloop.stages.code.verify import https, verifier

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

    from conftest import CommandLine, Repository

GOOD, BAD = expand("{{crc32:ghp_,30}} {{crc32:ghp_,30}}").split()
KEY_ID, AWS_SECRET = expand("AKIA{{base32:16}} {{base64:40}}").split()


def _answer(handler: BaseHTTPRequestHandler) -> None:
    sent = handler.headers.get("Authorization", "")
    reply(handler, 200 if GOOD in sent or KEY_ID in sent else 401)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """Start a server that accepts GOOD and the AWS pair, in place of all providers."""
    loopback = Loopback(tmp_path / "loopback", _answer)
    monkeypatch.setenv("SSL_CERT_FILE", str(loopback.certificate))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(https, "origin", lambda _: loopback.origin)
    monkeypatch.setattr(verifier, "Bounds", partial(verifier.Bounds, interval=0.0))
    yield loopback
    loopback.close()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Make a project with a good, a bad and an unknowable secret."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "good.py").write_text(f'TOKEN = "{GOOD}"\n')
    (root / "bad.py").write_text(f'TOKEN = "{BAD}"\n')
    (root / "db.py").write_text(expand('password = "{{word:14}}"\n'))
    return root


def _by_file(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["file"]: row for row in rows}


def test_answers_decide_severity_and_stand_in_the_evidence(
    secloop: CommandLine, server: Loopback, tree: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    result = secloop("scan", "--verify", "--format", "json", cwd=tree)
    rows = _by_file(result.json["findings"])
    good, bad, other = rows["good.py"], rows["bad.py"], rows["db.py"]
    assert (good["severity"], good["confidence"], good["evidence"]["verified"]) == ("critical", "high", "verified")
    assert (bad["severity"], bad["evidence"]["verified"]) == ("low", "revoked")
    assert good["evidence"]["verified_at"].endswith("Z")
    assert good["evidence"]["verified_why"] == "api.github.com answers 200"
    assert "verified" not in other["evidence"]
    assert "Providers were asked about 2 of 3 secrets: 1 verified, 1 revoked" in result.json["notes"]
    assert len(server.seen) == 2
    for value in (GOOD, BAD):
        assert value not in result.out + result.err + caplog.text


def test_a_later_scan_without_the_flag_knows_nothing_of_it(secloop: CommandLine, server: Loopback, tree: Path) -> None:
    secloop("scan", "--verify", cwd=tree)
    asked = len(server.seen)
    rows = secloop("scan", "--format", "json", cwd=tree).json["findings"]
    assert rows
    assert not any("verified" in row["evidence"] for row in rows)
    assert len(server.seen) == asked


def test_the_state_and_the_cache_hold_no_value(
    secloop: CommandLine, server: Loopback, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del server
    monkeypatch.setenv("XDG_CACHE_HOME", str(tree.parent / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tree.parent / "state"))
    secloop("scan", "--verify", cwd=tree)
    files = [file for name in ("cache", "state") for file in (tree.parent / name).rglob("*") if file.is_file()]
    assert files
    assert not any(GOOD.encode() in file.read_bytes() for file in files)


def test_a_pair_of_aws_is_asked_by_its_signature(secloop: CommandLine, server: Loopback, tree: Path) -> None:
    (tree / "aws.ini").write_text(f"aws_access_key_id = {KEY_ID}\naws_secret_access_key = {AWS_SECRET}\n")
    rows = secloop("code", "secrets", "--verify", "aws.ini", "--format", "json", cwd=tree).json["findings"]
    assert {row["evidence"]["verified"] for row in rows} == {"verified"}
    assert len(rows) == 2
    ((method, _, headers),) = server.seen
    assert method == "POST"
    assert AWS_SECRET not in " ".join(headers.values())
    assert server.bodies == [b"Action=GetCallerIdentity&Version=2011-06-15"]


def test_standard_input_and_the_index_are_read_again(
    secloop: CommandLine, server: Loopback, repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    repo.write("app.py", f'TOKEN = "{GOOD}"\n')
    repo.git("add", "app.py")
    repo.write("app.py", "")
    rows = secloop("code", "secrets", "--staged", "--verify", "--format", "json", cwd=repo.path).json["findings"]
    assert [row["evidence"]["verified"] for row in rows] == ["verified"]
    stdin = io.TextIOWrapper(io.BytesIO(f'TOKEN = "{BAD}"\n'.encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    rows = secloop("code", "secrets", "--stdin", "--verify", "--format", "json", cwd=repo.path).json["findings"]
    assert [row["evidence"]["verified"] for row in rows] == ["revoked"]
    assert len(server.seen) == 2


def test_without_the_flag_nothing_is_asked_and_httpx_not_loaded(
    secloop: CommandLine, server: Loopback, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    assert secloop("scan", cwd=tree).code == 1
    assert server.seen == []


def test_a_missing_extra_ends_the_run_before_it_scans(
    secloop: CommandLine, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    result = secloop("scan", "--verify", cwd=tree)
    assert result.code == 2
    assert "pip install 'secloop[verify]'" in result.err
