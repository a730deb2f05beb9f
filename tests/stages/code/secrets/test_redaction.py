"""The promise: no output of a scan holds a secret."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secloop.model.base import to_json
from secloop.rules.generate import expand
from secloop.rules.index import builtin
from secloop.stages.code.secrets.redact import excerpt, redact
from stages.code.secrets.kit import scan

CASES = [
    (rule.id, case.text, case.file)
    for rule in builtin(prose=True).for_engine("secret")
    for case in rule.cases
    if case.bad
]


@pytest.mark.parametrize(("rule", "text", "file"), CASES)
def test_no_page_case_shows_its_secret(rule: str, text: str, file: str) -> None:
    text = expand(text)
    findings = scan(text, file)
    assert findings, rule
    for finding in findings:
        shown = to_json(finding).decode()
        for other in findings:
            secret = _value(text, other)
            assert not any(line in shown for line in secret.split("\n") if line and "-----" not in line)
            if not secret.startswith("-----"):
                assert secret[-5:] not in finding.message


def _value(text: str, finding: object) -> str:
    place = getattr(finding, "place")  # noqa: B009 - a finding of any kind
    lines = text.split("\n")[place.line - 1 : place.end_line]
    lines[-1] = lines[-1][: place.end_column - 1]
    return "\n".join(lines)[place.column - 1 :]


def test_a_long_token_keeps_its_public_prefix_and_four_characters() -> None:
    token = expand("{{crc32:ghp_,30}}")
    assert redact(token, ("ghp_",)) == f"ghp_****{token[-4:]}"


def test_a_short_value_shows_only_stars() -> None:
    assert redact(expand("{{base62:19}}")) == "****"


def test_a_private_key_shows_only_its_kind() -> None:
    assert redact(expand("{{pem:EC PRIVATE KEY}}")) == "-----BEGIN EC PRIVATE KEY-----****"


def test_a_second_copy_on_the_line_is_hidden_too() -> None:
    token = expand("{{crc32:ghp_,30}}")
    (first, *_) = scan(f'use("{token}")  # {token}')
    assert token not in first.excerpt


def test_an_unknown_random_run_on_the_line_is_masked() -> None:
    unknown = expand("{{base62:30}}")
    assert unknown not in excerpt(f"a = {unknown}; b = 1", [])


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=5, max_size=60))
def test_whatever_the_password_it_is_not_shown(value: str) -> None:
    for finding in scan(f"DB_PASSWORD={value}\n", ".env"):
        if (secret := _value(f"DB_PASSWORD={value}\n", finding)) not in "DB_PASSWORD=****":
            assert secret not in finding.message
            assert secret not in finding.excerpt
            assert secret not in "".join(finding.evidence.values())
