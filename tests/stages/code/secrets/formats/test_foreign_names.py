"""What other scanners call a rule is known by ours, so that their configurations mean the same here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from secloop.cli.main import run
from secloop.model.finding import Finding, Suppression
from secloop.rules.generate import expand
from secloop.rules.index import builtin
from secloop.scan.base import Settings, SourceFile
from secloop.scan.classify import classify
from secloop.stages.code.secrets.sensor import SecretsSensor

WITHOUT = {
    "asana-client-id": "an id, no secret",
    "bitbucket-client-id": "an id, no secret",
    "bitbucket-client-secret": "our generic rule finds it by its name",
    "discord-client-id": "an id, no secret",
    "hashicorp-tf-password": "our generic rule finds passwords in every type of file",
    "looker-client-id": "an id, no secret",
    "mailgun-pub-key": "a public key",
    "new-relic-user-api-id": "an id, no secret",
}
"""Gitleaks' rules without a counterpart, and why."""

GITHUB = "token: {{crc32:ghp_,30}}\n"
APP = "token: {{crc32:ghs_,30}}\n"


def _ids() -> list[str]:
    return Path(__file__).with_name("gitleaks_rule_ids.txt").read_text(encoding="utf-8").split()


def _hidden(root: Path, config: str, text: str) -> tuple[list[str], list[str]]:
    """Return the rules found in a text under a configuration, and the reasons why some are hidden."""
    (root / ".gitleaks.toml").write_text(config, encoding="utf-8")
    sensor = SecretsSensor()
    sensor.configure(Settings(root=str(root)), builtin())
    data = expand(text).encode()
    seen = list(sensor.scan(SourceFile(classify("app/settings.yaml", len(data), data[:4096]), data)))
    return (
        [one.rule for one in seen if isinstance(one, Finding)],
        [one.reason for one in seen if isinstance(one, Suppression)],
    )


def test_every_default_rule_of_gitleaks_is_answered_for_or_listed_here() -> None:
    ids = _ids()
    known = {name for _, matcher in builtin().matchers() for name in matcher.same_as}
    answered = len(set(ids) & known)
    print(f"{answered} of {len(ids)} rules of Gitleaks are answered for")  # noqa: T201 - the figure to quote
    assert sorted(set(ids) - known) == sorted(WITHOUT)


def test_what_looks_like_a_rule_of_gitleaks_is_one() -> None:
    named = {name for _, matcher in builtin().matchers() for name in matcher.same_as}
    assert {name for name in named if re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", name)} <= set(_ids())


@pytest.mark.parametrize(
    ("disabled", "text", "hidden"),
    [
        ("github-pat", GITHUB, True),
        ("GitHub-PAT", GITHUB, True),
        ("github-pat", APP, False),
        ("github-app-token", APP, True),
        ("gitlab-pat", GITHUB, False),
    ],
)
def test_a_disabled_rule_hides_ours_that_answers_for_it(
    tmp_path: Path, disabled: str, text: str, *, hidden: bool
) -> None:
    found, why = _hidden(tmp_path, f'[extend]\nuseDefault = true\ndisabledRules = ["{disabled}"]\n', text)
    assert len(found) == 1
    assert why == ([f"{disabled} is disabled in .gitleaks.toml"] if hidden else [])


@pytest.mark.parametrize(
    ("target", "text", "hidden"),
    [
        ("github-pat", GITHUB, True),
        ("github-app-token", GITHUB, False),
        ("github-something-else", GITHUB, True),
        ("generic-api-key", GITHUB, False),
        ("generic-api-key", 'client_secret: "{{base62:40}}"\n', True),
    ],
)
@pytest.mark.parametrize("form", ["targetRules", "rules"])
def test_an_allowlist_of_one_rule_holds_for_ours_that_answers_for_it(
    tmp_path: Path, target: str, text: str, form: str, *, hidden: bool
) -> None:
    head = f'[[allowlists]]\ntargetRules = ["{target}"]'
    if form == "rules":
        head = f'[[rules]]\nid = "{target}"\n[[rules.allowlists]]'
    found, why = _hidden(tmp_path, f'[extend]\nuseDefault = true\n{head}\npaths = ["^app/"]\n', text)
    assert len(found) == 1
    assert why == (["allowed in .gitleaks.toml"] if hidden else [])


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("github-pat", "github-pat is found here by github-token.classic."),
        ("gitleaks.github-pat", "github-pat is found here by github-token.classic."),
        ("gitleaks.private-key", "private-key: Private key"),
        ("NPM tokens", "NPM tokens is found here by npm-token.token, npm-token.auth-token,"),
        ("trufflehog.slackwebhook", "slackwebhook is found here by slack-token.webhook."),
        ("stripe-access-token", "secloop explain stripe-organisation-key"),
    ],
)
def test_explain_says_which_rule_answers(capsys: pytest.CaptureFixture[str], name: str, says: str) -> None:
    assert run(["explain", name]) == 0
    assert says in capsys.readouterr().out


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    """Return a project with a rule and a path rule of its own for Gitleaks."""
    (tmp_path / "secloop.toml").write_text("", encoding="utf-8")
    (tmp_path / ".gitleaks.toml").write_text(
        '[[rules]]\nid = "acme-ticket"\ndescription = "An Acme\\u001b ticket"\nregex = "acme_([a-z]{8})"\n'
        'keywords = ["acme_"]\n[[rules]]\nid = "store"\npath = "[.]p12$"\n',
        encoding="utf-8",
    )
    return tmp_path


def test_rules_of_other_tools_files_are_listed_with_their_file(capsys: pytest.CaptureFixture[str], acme: Path) -> None:
    assert run(["rules", "list", "--root", str(acme)]) == 0
    out = capsys.readouterr().out
    assert "An Acme\\x1b ticket (.gitleaks.toml)" in out
    assert "gitleaks.store" in out
    assert out.endswith("pages, 2 rules of .gitleaks.toml\n")


def test_a_rule_of_another_tools_file_is_explained_by_what_it_says(
    capsys: pytest.CaptureFixture[str], acme: Path
) -> None:
    for name in ("acme-ticket", "gitleaks.acme-ticket"):
        assert run(["explain", name, "--root", str(acme)]) == 0
        out = capsys.readouterr().out
        assert out.startswith("gitleaks.acme-ticket: An Acme\\x1b ticket\n  source    .gitleaks.toml\n")
        assert "regex     acme_([a-z]{8})" in out
