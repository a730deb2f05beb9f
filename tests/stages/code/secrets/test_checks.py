"""Offline checks of form."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.rules.generate import expand
from secloop.stages.code.secrets.checks import CHECKS, Outcome, basic, crc32_base62, jwt, pem


def test_a_generated_token_has_its_checksum() -> None:
    assert crc32_base62(expand("{{crc32:ghp_,30}}")).outcome is Outcome.PASSED


def test_one_changed_character_breaks_the_checksum() -> None:
    token = expand("{{crc32:ghp_,30}}")
    changed = token[:10] + ("a" if token[10] != "a" else "b") + token[11:]
    assert crc32_base62(changed).outcome is Outcome.DOUBTFUL


def test_a_well_formed_token_decodes() -> None:
    assert jwt(expand("{{jwt}}")).outcome is Outcome.PASSED


@pytest.mark.parametrize("value", ["a.b.c", "eyJ.eyJ.x", "", "..", "eyJhIjoxfQ.eyJhIjoxfQ.x"])
def test_what_does_not_decode_is_no_token(value: str) -> None:
    assert jwt(value).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("pair", "outcome"),
    [
        ("robot:long-and-secret-9", Outcome.PASSED),
        (":long-and-secret-9", Outcome.DOUBTFUL),
        ("user:pass", Outcome.DOUBTFUL),
        ("Aladdin:open sesame", Outcome.FAILED),
        ("no colon here", Outcome.FAILED),
        ("user:", Outcome.FAILED),
    ],
)
def test_basic_credentials_are_decoded(pair: str, outcome: Outcome) -> None:
    assert basic(base64.b64encode(pair.encode()).decode()).outcome is outcome


def test_an_encrypted_key_is_told_from_a_clear_one() -> None:
    assert pem(expand("{{pem:ENCRYPTED PRIVATE KEY}}")).note == "an encrypted private key"
    assert pem(expand("{{pem:RSA PRIVATE KEY}}")).note == "a private key in the clear"


def test_armour_around_prose_is_no_key() -> None:
    text = "-----BEGIN PRIVATE KEY-----\n" + "this is where your key, if you had one, would be. " * 3
    assert pem(text + "\n-----END PRIVATE KEY-----").outcome is Outcome.FAILED


@given(st.text(max_size=200), st.sampled_from(sorted(CHECKS)))
def test_a_check_survives_any_text_and_never_repeats_it(value: str, name: str) -> None:
    note = CHECKS[name](value).note
    assert len(value) < 12 or value not in note
