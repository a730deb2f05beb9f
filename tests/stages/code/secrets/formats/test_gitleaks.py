"""A project's `.gitleaks.toml` holds where it stands."""

from __future__ import annotations

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
from secloop.stages.code.secrets.formats.gitleaks import GitleaksConfig, read_config
from secloop.stages.code.secrets.sensor import SecretsSensor

if TYPE_CHECKING:
    from pathlib import Path

TICKET = (
    '[[rules]]\nid = "acme-ticket"\ndescription = "An Acme ticket"\nregex = "acme_([a-z]{8})"\nkeywords = ["acme_"]\n'
)
TOKEN = "token: {{crc32:ghp_,30}}\n"


def _config(root: Path, text: str) -> GitleaksConfig:
    (root / ".gitleaks.toml").write_text(text)
    config = read_config(root / ".gitleaks.toml", root)
    assert config is not None
    return config


def _scan(root: Path, text: str, path: str = "app/settings.yaml") -> tuple[list[Finding], list[Suppression]]:
    sensor = SecretsSensor()
    sensor.configure(Settings(root=str(root)), builtin())
    data = text.encode()
    file = SourceFile(classify(path, len(data), data[:4096]), data)
    seen = list(sensor.scan(file)) if sensor.wants(file.meta) else []
    return [one for one in seen if isinstance(one, Finding)], [one for one in seen if isinstance(one, Suppression)]


def test_its_rules_run_beside_the_built_in_ones(tmp_path: Path) -> None:
    _config(tmp_path, TICKET)
    findings, _ = _scan(tmp_path, expand(f"id: acme_qwmnrtzx\n{TOKEN}"))
    assert [one.rule for one in findings] == ["gitleaks.acme-ticket", "github-token.classic"]
    assert findings[0].title == "An Acme ticket"
    assert "qwmnrtzx" not in repr(findings[0])


def test_the_digest_of_the_sensor_changes_with_it(tmp_path: Path) -> None:
    before = SecretsSensor().configure(Settings(root=str(tmp_path)), builtin())
    _config(tmp_path, TICKET)
    assert SecretsSensor().configure(Settings(root=str(tmp_path)), builtin()) != before


@pytest.mark.parametrize(
    "allowlist",
    [
        'paths = ["^app/"]',
        'regexes = ["^ghp_"]',
        'regexTarget = "line"\nregexes = ["^token: "]',
        'stopwords = ["GHP_"]',
        'condition = "and"\npaths = ["^app/"]\nstopwords = ["ghp_"]',
        'targetRules = ["github-pat"]\npaths = ["^app/"]',
    ],
)
def test_an_allowlist_hides_what_it_covers_and_says_so(tmp_path: Path, allowlist: str) -> None:
    _config(tmp_path, f'[extend]\nuseDefault = true\n[[allowlists]]\ndescription = "Demo"\n{allowlist}\n')
    findings, hidden = _scan(tmp_path, expand(TOKEN))
    assert [one.rule for one in findings] == ["github-token.classic"]
    assert [(one.line, one.rules, one.reason) for one in hidden] == [
        (1, ("github-token.classic",), "allowed in .gitleaks.toml: Demo")
    ]


@pytest.mark.parametrize(
    "allowlist",
    [
        'paths = ["^lib/"]',
        'condition = "AND"\npaths = ["^app/"]\nstopwords = ["other"]',
        'condition = "AND"\npaths = ["^app/"]\ncommits = ["0123"]',
        'commits = ["0123"]',
        'targetRules = ["stripe-access-token"]\npaths = ["^app/"]',
    ],
)
def test_an_allowlist_hides_nothing_else(tmp_path: Path, allowlist: str) -> None:
    _config(tmp_path, f"[extend]\nuseDefault = true\n[[allowlists]]\n{allowlist}\n")
    findings, hidden = _scan(tmp_path, expand(TOKEN))
    assert len(findings) == 1
    assert hidden == []


def test_an_allowed_value_does_not_hide_another_of_its_line(tmp_path: Path) -> None:
    _config(tmp_path, f'{TICKET}[[allowlists]]\nstopwords = ["zzzzzzzz"]\n')
    findings, hidden = _scan(tmp_path, "id: acme_qwmnrtzx acme_zzzzzzzz\n")
    assert [(one.rule, one.place.column) for one in findings if hasattr(one.place, "column")] == [
        ("gitleaks.acme-ticket", 10)
    ]
    assert hidden == []


def test_the_old_names_of_allowlists_are_read(tmp_path: Path) -> None:
    config = _config(tmp_path, f'{TICKET}[rules.allowlist]\nstopWords = ["a"]\n[allowlist]\npaths = ["b"]\n')
    assert config.rules["acme-ticket"].allowlists[0].stopwords == ("a",)
    assert config.allowlists[0].paths == ("b",)


def test_a_rule_without_a_secret_group_takes_the_first_group_that_is_not_empty(tmp_path: Path) -> None:
    _config(tmp_path, '[[rules]]\nid = "r"\nregex = "acme_(?:(x)|([a-z]{8}))"\n')
    findings, _ = _scan(tmp_path, "acme_qwmnrtzx\n")
    assert [one.place.column for one in findings if hasattr(one.place, "column")] == [6]


def test_a_rule_may_require_another_near_it(tmp_path: Path) -> None:
    other = '[[rules]]\nid = "host"\nregex = "host=[a-z.]+"\nskipReport = true\n'
    _config(tmp_path, f'{TICKET}[[rules.required]]\nid = "host"\nwithinLines = 1\n{other}')
    near, _ = _scan(tmp_path, "acme_qwmnrtzx\nhost=acme.test\n")
    far, _ = _scan(tmp_path, "acme_qwmnrtzx\n\n\nhost=acme.test\n")
    assert [one.rule for one in near] == ["gitleaks.acme-ticket"]
    assert far == []


def test_a_rule_may_report_a_file_by_its_path(tmp_path: Path) -> None:
    _config(tmp_path, '[[rules]]\nid = "keystore"\npath = "[.]p12$"\n')
    findings, _ = _scan(tmp_path, "\0\1\2", "certs/shop.p12")
    assert [one.rule for one in findings] == ["gitleaks.keystore"]


def test_the_configuration_itself_holds_no_news(tmp_path: Path) -> None:
    _config(tmp_path, TICKET)
    _, hidden = _scan(tmp_path, expand(TOKEN), ".gitleaks.toml")
    assert [one.reason for one in hidden] == ["in the scanner's own configuration"]


def test_extending_adds_to_a_rule_and_leaves_out_disabled_ones(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text(f'{TICKET}[[rules]]\nid = "off"\nregex = "off_[a-z]+"\n')
    config = _config(
        tmp_path,
        '[extend]\npath = "base.toml"\ndisabledRules = ["off"]\n'
        '[[rules]]\nid = "acme-ticket"\nentropy = 3\nkeywords = ["id"]\n',
    )
    assert set(config.rules) == {"acme-ticket"}
    rule = config.rules["acme-ticket"]
    assert (rule.regex, rule.entropy, rule.keywords) == ("acme_([a-z]{8})", 3.0, ("acme_", "id"))


def test_extending_ends_after_two_files(tmp_path: Path) -> None:
    for n in range(5):
        (tmp_path / f"{n}.toml").write_text(
            f'[extend]\npath = "{n + 1}.toml"\n[[rules]]\nid = "r{n}"\nregex = "r{n}"\n'
        )
    assert set(_config(tmp_path, '[extend]\npath = "0.toml"').rules) == {"r0", "r1"}


def test_a_file_that_extends_itself_is_read(tmp_path: Path) -> None:
    assert set(_config(tmp_path, f'{TICKET}[extend]\npath = ".gitleaks.toml"').rules) == {"acme-ticket"}


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("rules = [", ".gitleaks.toml: "),
        ("[[rules]]\nregex = 'a'", "a rule has no id"),
        ("[[rules]]\nid = 'r'", "rule r: both regex and path are empty"),
        ("[[rules]]\nid = 'r'\nregex = '(a'", "rule r: missing )"),
        ("[[rules]]\nid = 'r'\nregex = 'a'\nsecretGroup = 2", "rule r: secretGroup 2 does not exist"),
        ("[[rules]]\nid = 'r'\nregex = 'a'\nentropy = 'x'", "rule r: entropy is not a number"),
        ("[[rules]]\nid = 'r'\nregex = 'a'\n[[rules.required]]\nid = 's'", "the required rule 's' does not exist"),
        ("[[rules]]\nid = 'r'\nregex = 'a'\n[[rules.allowlists]]\n", "rule r allowlists: an allowlist needs"),
        ("[[allowlists]]\ncondition = 'xor'\npaths = ['a']", "condition 'XOR' is not AND or OR"),
        ("[[allowlists]]\nregexTarget = 'file'\nregexes = ['a']", "regexTarget 'file' is not"),
        ("[[allowlists]]\nregexes = ['a(']", "allowlists: missing )"),
        ("[[allowlists]]\ntargetRules = ['none']\nregexes = ['a']", "the target rule 'none' does not exist"),
        ("[allowlist]\npaths = ['a']\n[[allowlists]]\npaths = ['a']", "cannot stand beside it"),
        ("[extend]\npath = 'a.toml'\nuseDefault = true", "path and useDefault cannot both be set"),
        ("[extend]\npath = 'a.toml'", "there is no file a.toml"),
        ("[extend]\npath = '/etc/hostname'", "leads out of"),
    ],
)
def test_a_broken_file_is_one_clear_line(tmp_path: Path, text: str, part: str) -> None:
    (tmp_path / ".gitleaks.toml").write_text(text)
    with pytest.raises(UsageError) as caught:
        SecretsSensor().configure(Settings(root=str(tmp_path)), builtin())
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    root = tmp_path_factory.mktemp("project")
    (root / ".gitleaks.toml").write_text(text, encoding="utf-8")
    try:
        read_config(root / ".gitleaks.toml", root)
    except UsageError as refused:
        assert ".gitleaks.toml" in str(refused)  # noqa: PT017 - either outcome is right
