"""Fingerprints, baselines and allowed patterns of other scanners hide what they name, and nothing else."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.errors import UsageError
from secloop.model.finding import Finding, Suppression
from secloop.rules.generate import expand
from secloop.rules.index import builtin
from secloop.scan.base import Settings, SourceFile
from secloop.scan.classify import classify
from secloop.stages.code.hooks.versions import VersionSecrets
from secloop.stages.code.secrets.formats.git_secrets import parse_config
from secloop.stages.code.secrets.sensor import SecretsSensor

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = expand("{{crc32:ghp_,30}}")
TEXT = f"# settings\ntoken: {TOKEN}\n"
PATH = "app/settings.yaml"


@pytest.fixture(autouse=True)
def _no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)


def _reasons(root: Path, text: str = TEXT, path: str = PATH) -> list[str]:
    """Return why the findings of a text are hidden; each test text has one finding."""
    findings, hidden = _scan(root, text, path)
    assert len(findings) == 1
    return [one.reason for one in hidden]


def _scan(root: Path, text: str, path: str = PATH) -> tuple[list[Finding], list[Suppression]]:
    sensor = SecretsSensor()
    sensor.configure(Settings(root=str(root)), builtin())
    data = text.encode()
    seen = list(sensor.scan(SourceFile(classify(path, len(data), data[:4096]), data)))
    return [one for one in seen if isinstance(one, Finding)], [one for one in seen if isinstance(one, Suppression)]


@pytest.mark.parametrize(
    ("line", "hides"),
    [
        (f"{PATH}:github-pat:2", True),
        (f"./{PATH}:github-pat:2", True),
        ("app\\settings.yaml:github-pat:2", True),
        (f"{PATH}:generic-api-key:2", True),
        (f"{PATH}:github-pat:1", False),
        (f"{PATH}:stripe-access-token:2", False),
        ("other.yaml:github-pat:2", False),
        (f"0123456789abcdef0123456789abcdef01234567:{PATH}:github-pat:2", False),
        (f"# {PATH}:github-pat:2", False),
        ("nonsense", False),
    ],
)
def test_a_fingerprint_hides_its_line(tmp_path: Path, line: str, hides: bool) -> None:
    (tmp_path / ".gitleaksignore").write_text(f"\n{line}\n")
    assert _reasons(tmp_path) == (["listed in .gitleaksignore"] if hides else [])


def _baseline(root: Path, secret: str, *, path: str = PATH, **more: object) -> None:
    row = {"type": "Token", "hashed_secret": hashlib.sha1(secret.encode(), usedforsecurity=False).hexdigest(), **more}
    (root / ".secrets.baseline").write_text(json.dumps({"version": "1.5.0", "results": {path: [row]}}))


def test_a_baseline_hides_the_values_it_hashes(tmp_path: Path) -> None:
    _baseline(tmp_path, TOKEN)
    assert _reasons(tmp_path) == ["known in .secrets.baseline as Token"]
    assert _reasons(tmp_path, "\n\n\n" + TEXT) == ["known in .secrets.baseline as Token"]
    assert _reasons(tmp_path, TEXT, "other.yaml") == []


def test_a_baseline_hides_no_other_value(tmp_path: Path) -> None:
    _baseline(tmp_path, "other")
    assert _reasons(tmp_path) == []


def test_a_baseline_says_what_its_audit_said(tmp_path: Path) -> None:
    _baseline(tmp_path, TOKEN, is_secret=True)
    assert _reasons(tmp_path) == ["known in .secrets.baseline as Token, audited there as a real secret"]


def test_a_private_key_is_known_by_its_armour_line(tmp_path: Path) -> None:
    _baseline(tmp_path, "BEGIN RSA PRIVATE KEY", path="key.pem")
    assert _reasons(tmp_path, expand("{{pem:RSA PRIVATE KEY}}\n"), "key.pem") == ["known in .secrets.baseline as Token"]


@pytest.mark.parametrize("text", ["{", "[]", '{"results": []}', '{"results": {"a": [{}]}}', '{"results": {"a": 1}}'])
def test_a_broken_baseline_is_one_clear_line(tmp_path: Path, text: str) -> None:
    (tmp_path / ".secrets.baseline").write_text(text)
    with pytest.raises(UsageError, match=r"\.secrets\.baseline is not a baseline of detect-secrets"):
        SecretsSensor().configure(Settings(root=str(tmp_path)), builtin())


def _git_config(root: Path, text: str) -> None:
    (root / ".git").mkdir()
    (root / ".git" / "config").write_text(text)


def test_a_pattern_of_git_secrets_is_a_rule_of_whole_words(tmp_path: Path) -> None:
    _git_config(tmp_path, '[core]\n\tbare = false\n[secrets]\n\tpatterns = acme_[a-z]{4,}\n\tproviders = touch "ran"\n')
    findings, _ = _scan(tmp_path, "a acme_qwmn, b\nacme_qwmnX\nxacme_qwmn\n")
    assert [one.rule for one in findings] == ["gitleaks.git-secrets-1"]
    assert not (tmp_path / "ran").exists()


def test_what_git_secrets_allows_is_hidden(tmp_path: Path) -> None:
    _git_config(tmp_path, f"[secrets]\n\tallowed = ^{PATH}:2:token\n")
    assert _reasons(tmp_path) == ["allowed for git-secrets"]
    assert _reasons(tmp_path, "\n" + TEXT) == []


def test_the_lines_of_gitallowed_are_patterns(tmp_path: Path) -> None:
    (tmp_path / ".gitallowed").write_text("# ours\n\nghp_[0-9A-Za-z]+\n")
    (tmp_path / ".git").mkdir()
    assert _reasons(tmp_path) == ["allowed for git-secrets"]


def test_a_worktree_shares_its_repository_s_patterns(tmp_path: Path) -> None:
    common = tmp_path / "main" / ".git"
    (common / "worktrees" / "w").mkdir(parents=True)
    (common / "config").write_text("[secrets]\n\tpatterns = acme_[a-z]+\n")
    (common / "worktrees" / "w" / "commondir").write_text("../..\n")
    tree = tmp_path / "w"
    tree.mkdir()
    (tree / ".git").write_text(f"gitdir: {common / 'worktrees' / 'w'}\n")
    assert [one.rule for one in _scan(tree, "acme_qwmn\n")[0]] == ["gitleaks.git-secrets-1"]


def test_git_s_configuration_is_read_as_git_reads_it() -> None:
    text = '[secrets] flag\n  Patterns = "a # b" # c\n allowed = x\\\\y \\\n z ; d\n[other]\nno = 1\n'
    text += '[secrets "x"]\nno = 1\n'
    assert list(parse_config(text)) == [("flag", ""), ("patterns", "a # b"), ("allowed", "x\\y  z")]


@given(st.text(max_size=300))
def test_any_git_configuration_is_read(text: str) -> None:
    assert all(key == key.lower() for key, _ in parse_config("[secrets]\n" + text))


COMMIT = "0123456789abcdef0123456789abcdef01234567"


def test_a_fingerprint_with_a_commit_holds_in_a_part_of_the_file_of_that_commit(tmp_path: Path) -> None:
    (tmp_path / ".gitleaksignore").write_text(f"{COMMIT}:{PATH}:github-pat:12\n")
    sensor = SecretsSensor()
    sensor.configure(Settings(root=str(tmp_path)), builtin())
    data = TEXT.encode()
    part = SourceFile(classify(PATH, len(data), data[:4096]), data)

    def hidden(above: int, commit: str) -> list[int]:
        return [one.line for one in sensor.scan_part(part, above=above, commit=commit) if isinstance(one, Suppression)]

    assert hidden(10, COMMIT) == [2]
    assert hidden(0, COMMIT) == []
    assert hidden(10, COMMIT[::-1]) == []
    assert hidden(10, "") == []


def test_a_hook_honours_them_too(tmp_path: Path) -> None:
    (tmp_path / ".gitleaksignore").write_text(f"{PATH}:github-pat:2\n")
    sensor = VersionSecrets()
    sensor.configure(Settings(root=str(tmp_path)), builtin())
    data, key = TEXT.encode(), f"{COMMIT}/{PATH}"
    seen = list(sensor.scan(SourceFile(classify(key, len(data), data[:4096]), data)))
    assert [one.file for one in seen if isinstance(one, Suppression)] == [key]
