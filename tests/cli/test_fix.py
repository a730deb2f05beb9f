"""`secloop fix` as a user calls it."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from secloop.cli.main import run

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = '{\n  "name": "shop",\n  "dependencies": {\n    "lodash": "4.17.20"\n  }\n}\n'


def osv(own: str, ecosystem: str, package: str, fixed: str, severity: str = "HIGH") -> dict[str, object]:
    affected = {
        "package": {"ecosystem": ecosystem, "name": package},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, *([{"fixed": fixed}] if fixed else [])]}],
    }
    return {
        "id": own,
        "modified": "2026-11-20T00:00:00Z",
        "affected": [affected],
        "database_specific": {"severity": severity},
    }


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root, feed = tmp_path / "tree", tmp_path / "feed"
    (root / "api").mkdir(parents=True)
    feed.mkdir()
    (root / "secloop.toml").write_text('[project]\nid = "shop"\n[build]\nmax_feed_age = "99999d"\n')
    (root / "package.json").write_text(PACKAGE)
    (root / "api" / "requirements.txt").write_bytes(b"flask==1.0\r\nrequests==2.0\r\n")
    records = [
        osv("CVE-2021-23337", "npm", "lodash", "4.17.21"),
        osv("CVE-2023-30861", "PyPI", "flask", "2.2.5", "CRITICAL"),
        osv("CVE-2099-0001", "PyPI", "requests", ""),
    ]
    for record in records:
        (feed / f"{record['id']}.json").write_text(json.dumps(record))
    monkeypatch.setenv("SECLOOP_ADVISORIES", str(feed))
    monkeypatch.chdir(root)
    return root


def test_a_dry_run_shows_the_plan_and_the_diff_and_writes_nothing(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["fix"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(
        "2 of 3 findings can be cleared: 2 by edits that can be written with --apply. For 1, see the advice.\n"
    )
    assert "Update flask from 1.0 to 2.2.5\n    in api/requirements.txt:1\n" in out
    assert "note: a major upgrade: incompatible changes are to be expected" in out
    assert "requests 2.0: no fixed version is known" in out
    assert '-    "lodash": "4.17.20"\n+    "lodash": "4.17.21"' in out
    assert out.index("PyPI flask") < out.index("npm lodash") < out.index("PyPI requests")
    assert (tree / "package.json").read_text() == PACKAGE


def test_apply_writes_and_the_findings_are_gone(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fix", "--apply"]) == 0
    out = capsys.readouterr().out
    assert "Wrote api/requirements.txt, package.json." in out
    assert (tree / "api" / "requirements.txt").read_bytes() == b"flask==2.2.5\r\nrequests==2.0\r\n"
    assert json.loads((tree / "package.json").read_text())["dependencies"] == {"lodash": "4.17.21"}
    assert run(["fix"]) == 0
    assert capsys.readouterr().out.startswith("0 of 1 finding can be cleared.")


def test_the_diff_is_what_git_applies(tree: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["fix", "--format", "diff"]) == 0
    text = capfdbinary.readouterr().out
    subprocess.run(["git", "apply", "-p1", "-"], cwd=tree, input=text, check=True)
    assert (tree / "api" / "requirements.txt").read_bytes() == b"flask==2.2.5\r\nrequests==2.0\r\n"


def test_json_holds_the_plan_as_values(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fix", "-f", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "secloop.fix/1"
    assert list(found["counts"].values()) == [3, 2, 0, 0]
    assert list(found["counts"]) == [
        "findings", "cleared_by_edits", "cleared_by_edits_and_commands", "cleared_by_commands"
    ]  # fmt: skip
    assert found["applied"] is False
    first = found["proposals"][0]
    assert (first["group"], first["breaking"], first["file"]) == ("PyPI flask", True, "api/requirements.txt")
    (edit,) = first["fix"]["edits"]
    assert (edit["text"], edit["start"], edit["end"]) == ("2.2.5", 7, 10)
    assert len(first["fix"]["clears"]) == 1
    assert (tree / "package.json").read_text() == PACKAGE


def test_markdown_is_the_description_of_a_pull_request(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fix", "--apply", "-f", "markdown", "-o", "../pull.md"]) == 0
    text = (tree.parent / "pull.md").read_text()
    assert text.startswith("## secloop fix\n")
    assert "| What | Change | Where | Clears |" in text
    assert "| npm lodash | lodash from 4.17.20 to 4.17.21 | package.json:4 | CVE-2021-23337 \\(high\\) |" in text
    assert "**Not fixed**" in text
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("flags", "written"),
    [
        (["--package", "Lodash"], ["package.json"]),
        (["--finding", "cve-2023-30861"], ["api/requirements.txt"]),
        (["--severity", "critical"], ["api/requirements.txt"]),
        (["--severity", "low"], []),
    ],
    ids=["package", "finding", "severity", "none"],
)
def test_only_what_is_asked_for_is_fixed(
    tree: Path, capsys: pytest.CaptureFixture[str], flags: list[str], written: list[str]
) -> None:
    assert run(["fix", "--apply", "-f", "json", *flags]) == 0
    assert json.loads(capsys.readouterr().out)["written"] == written
    assert (tree / "package.json").exists()


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--finding", "v-00"], "secloop: There is no finding v-00 that a fix is known for."),
        (["--package", "lodahs"], "secloop: No finding is about a package lodahs. Did you mean lodash."),
        (["--advisories", "nowhere"], "does not exist"),
        (["nowhere"], "secloop: There is no file or folder"),
    ],
    ids=["finding", "package", "advisories", "path"],
)
def test_wrong_input_gets_one_clear_line(
    tree: Path, capsys: pytest.CaptureFixture[str], flags: list[str], told: str
) -> None:
    assert run(["fix", *flags]) == 2
    err = capsys.readouterr().err
    assert told in err
    assert err.count("\n") == 1
    assert (tree / "package.json").read_text() == PACKAGE


def test_what_is_accepted_is_left_alone(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / ".secloop").mkdir()
    (tree / ".secloop" / "exceptions.yaml").write_text(
        "exceptions:\n- id: a\n  path: package.json\n  reason: r\n  owner: me\n  expires: 2099-01-01\n"
    )
    assert run(["fix", "-f", "json"]) == 0
    assert [one["group"] for one in json.loads(capsys.readouterr().out)["proposals"]] == ["PyPI flask", "PyPI requests"]


def test_an_incomplete_scan_ends_with_3_and_says_why(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "poetry.lock").write_text("[[package]\n")
    assert run(["fix"]) == 3
    assert "poetry.lock" in capsys.readouterr().err


def test_a_secret_beside_a_version_is_not_shown(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    address = "https://deploy:s3cr3t-w0rd@packages.example.org/simple"
    (tree / "api" / "requirements.txt").write_text(f"--index-url {address}\nflask==1.0\n")
    for name in ("text", "diff", "markdown"):
        assert run(["fix", "-f", name]) == 0
        assert "s3cr3t" not in capsys.readouterr().out
    assert run(["fix", "--apply"]) == 0
    assert (tree / "api" / "requirements.txt").read_text() == f"--index-url {address}\nflask==2.2.5\n"


def test_fixes_of_code_are_shown_then_written_and_a_scan_finds_nothing_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = "import hashlib\n\n\ndef name(text: bytes) -> str:\n    return hashlib.md5(text).hexdigest()\n"
    file = tmp_path / "shop" / "names.py"
    file.parent.mkdir()
    file.write_text(before)
    (tmp_path / "secloop.toml").write_text('[project]\nid = "shop"\n')
    monkeypatch.chdir(tmp_path)

    assert run(["fix", "--no-cache"]) == 0
    out = capsys.readouterr().out
    assert "+    return hashlib.sha256(text).hexdigest()" in out
    assert "note: may change what the code does" in out
    assert file.read_text() == before

    assert run(["fix", "--no-cache", "--apply"]) == 0
    assert file.read_text() == before.replace("md5", "sha256")
    capsys.readouterr()
    assert run(["test", "sast", "--no-cache", "--no-store", "-f", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["findings"] == []
