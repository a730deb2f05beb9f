"""Filters name why a value is dropped."""

from __future__ import annotations

import hashlib

import pytest

from secloop.rules.generate import expand
from secloop.stages.code.secrets import filters
from secloop.stages.code.secrets.filters import FILTERS, Candidate, explain


def _name(candidate: Candidate) -> str:
    dropped = explain(candidate)
    return dropped.name if dropped else ""


@pytest.mark.parametrize(
    ("name", "candidate"),
    [
        ("placeholder", Candidate(value="AKIAIOSFODNN7EXAMPLE")),
        ("placeholder", Candidate(value="your-api-key-goes-here", check="token")),
        ("placeholder", Candidate(value="<password>", check="password")),
        ("repeated", Candidate(value="abababababababab")),
        ("sequential", Candidate(value="abcdefghijklmnop")),
        ("reference", Candidate(value="${DB_PASSWORD}", key="password", check="password", quoted=False)),
        ("reference", Candidate(value="{{ secret }}", key="password", check="password", quoted=False)),
        ("regex", Candidate(value="token|secret|pin", key="password", check="password", quoted=False)),
        ("identifier", Candidate(value="DB_PASSWORD_2", key="token", check="token", quoted=False)),
        ("too-short", Candidate(value="a-b", key="password", check="password", quoted=False)),
        ("public-key-name", Candidate(value="{{base62:32}}", key="public_key", check="token", quoted=False)),
        ("filler-word", Candidate(value="required", key="password", check="password", quoted=False)),
        ("code", Candidate(value="get_password(user)", key="password", check="password", quoted=False)),
        ("uuid", Candidate(value="{{uuid}}", key="session_id", check="token", quoted=False)),
        ("hash", Candidate(value="{{hex:40}}", key="commit_token_sha", check="token", quoted=False)),
        ("path", Candidate(value="/etc/ssl/private", key="secret", check="password", quoted=False)),
        ("identifier", Candidate(value="login_form_password", key="x_pin", check="password", before='"', after='"')),
        ("weak-token", Candidate(value="a1b2c3", key="api_key", check="token", quoted=False)),
        ("long-line", Candidate(value="{{base62:32}}", key="api_key", check="token", quoted=False, line_bytes=9999)),
    ],
)
def test_a_drop_is_explained(name: str, candidate: Candidate) -> None:
    import msgspec

    assert _name(msgspec.structs.replace(candidate, value=expand(candidate.value))) == name


def test_a_real_value_passes_every_filter() -> None:
    assert _name(Candidate(value=expand("{{base62:32}}"), key="api_key", check="token", quoted=False)) == ""


def test_a_weak_word_is_a_password_in_settings_and_none_in_a_program() -> None:
    word = Candidate(value="secret", key="MYSQL_PASSWORD", check="password", quoted=False, type="env")
    assert _name(word) == ""
    assert _name(Candidate(value="secret", key="password", check="password", quoted=False, type="code")) != ""


@pytest.mark.parametrize("value", ["changeit", "CHANGE_ME", "some-password"])
def test_a_default_password_is_a_password_only_under_its_name(value: str) -> None:
    assert _name(Candidate(value=value, key="keystore_password", check="password", quoted=False, type="yaml")) == ""
    assert _name(Candidate(value=value, check="password", quoted=False, type="yaml")) == "placeholder"


def test_joined_words_are_a_password_unless_they_name_one() -> None:
    for value, dropped in (
        ("unresponsive-server", ""),
        ("login_form_password", "identifier"),
        (":secret", "identifier"),
    ):
        one = Candidate(value=value, key="password", before='"', after='"', check="password")
        assert _name(one) == dropped


def test_a_quote_inside_a_string_is_no_end_of_it() -> None:
    value = expand("{{base62:24}}")
    inside = Candidate(value=value, key="token", before='x := "{\\"token\\": \\"', after='\\"}"', check="token")
    assert _name(inside) == ""


def test_a_known_value_is_recognised_by_its_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    value = expand("{{base62:40}}")
    digest = hashlib.sha256(value.encode()).hexdigest()[:16]
    monkeypatch.setitem(filters._KNOWN, digest, "a test")
    assert _name(Candidate(value=value)) == "known-value"


def test_filters_have_distinct_names_and_reasons() -> None:
    assert len({f.name for f in FILTERS}) == len({f.why for f in FILTERS}) == len(FILTERS)


@pytest.mark.parametrize(
    "value",
    [
        "username" * 60 + "!",
        "test_" * 100 + "!",
        "a1-" * 160 + "!",
        "word " * 99 + "\x00",
        "{{" * 250,
        "a::b" * 99 + "!",
    ],
    ids=lambda value: value[:8],
)
def test_no_value_makes_a_filter_search_for_long(value: str) -> None:
    """A value of 500 characters must not take exponential time; `username` once did (user + name, or username)."""
    for check in ("password", "token", ""):
        explain(Candidate(value=value, key="password", check=check))


def test_the_salt_that_init_writes_is_no_secret() -> None:
    found = explain(Candidate(value=expand("{{hex:40}}"), key="identity_salt", type="toml", check="token"))
    assert found is not None


def test_a_format_string_that_reads_an_attribute_is_a_reference() -> None:
    found = explain(Candidate(value="AWS4{key.secret}", key="secret", quoted=False, check="token"))
    assert found is not None
    assert found.name == "reference"
