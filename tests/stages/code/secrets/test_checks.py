"""Offline checks of form."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.rules.generate import expand
from secloop.stages.code.secrets.checks import (
    CHECKS,
    Outcome,
    basic,
    crc32_base62,
    jwk,
    jwt,
    nkey,
    pem,
    pem_clear,
    pem_encrypted,
)


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


def _token(header: dict[str, object], claims: dict[str, object]) -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, claims))
    return ".".join([*parts, "c2lnbmF0dXJl"])


def test_a_token_says_until_when_it_holds() -> None:
    assert jwt(_token({"alg": "HS256"}, {"exp": 1_600_000_000})).note.endswith("holds until 2020-09-13")
    assert jwt(_token({"alg": "HS256"}, {})).note.endswith("never expires")
    assert jwt(_token({"alg": "HS256"}, {"exp": 1e300})).note.endswith("out of range")


def test_a_token_without_an_algorithm_is_doubtful() -> None:
    assert jwt(_token({"alg": "none"}, {"sub": "1"})).outcome is Outcome.DOUBTFUL


@pytest.mark.parametrize(
    ("label", "clear"),
    [
        ("RSA PRIVATE KEY", True),
        ("EC PRIVATE KEY", True),
        ("OPENSSH PRIVATE KEY", True),
        ("PRIVATE KEY", True),
        ("ENCRYPTED PRIVATE KEY", False),
    ],
)
def test_a_key_is_either_clear_or_encrypted(label: str, *, clear: bool) -> None:
    text = expand(f"{{{{pem:{label}}}}}")
    assert (pem_clear(text).outcome is Outcome.PASSED) is clear
    assert (pem_encrypted(text).outcome is Outcome.PASSED) is not clear


def test_an_openssh_key_with_a_cipher_is_encrypted() -> None:
    lines = expand("{{pem:OPENSSH PRIVATE KEY}}").splitlines()
    data = base64.b64decode("".join(lines[1:-1])).replace(b"\0\0\0\4none", b"\0\0\0\x0aaes256-ctr", 1)
    text = "\n".join([lines[0], base64.b64encode(data).decode(), lines[-1]])
    assert pem(text).note == "an encrypted private key"


@pytest.mark.parametrize("form", ["{}", "    {}", "+{}", "# {}", "'{}\\n' +", '"{}\\n",'])
def test_a_key_is_read_however_its_lines_are_framed(form: str) -> None:
    text = "\n".join(form.format(line) for line in expand("{{pem:RSA PRIVATE KEY}}").splitlines())
    assert pem_clear(text).outcome is Outcome.PASSED


def test_a_cut_key_is_doubtful() -> None:
    lines = expand("{{pem:RSA PRIVATE KEY}}").splitlines()
    assert pem("\n".join([*lines[:5], lines[-1]])).outcome is Outcome.DOUBTFUL


def test_a_seed_with_a_changed_character_is_none() -> None:
    seed = expand("{{nkey:user}}")
    changed = seed[:20] + ("A" if seed[20] != "A" else "B") + seed[21:]
    assert nkey(seed).note == "a seed of type user, its CRC-16 fits"
    assert nkey(changed).outcome is Outcome.FAILED


@pytest.mark.parametrize("kind", ["rsa", "ec", "okp", "oct"])
def test_a_private_web_key_is_told_from_its_public_half(kind: str) -> None:
    key = json.loads(expand(f"{{{{jwk:{kind}}}}}"))
    public = {name: value for name, value in key.items() if name not in {"d", "k", "p", "q"}}
    assert jwk(json.dumps(key)).outcome is Outcome.PASSED
    assert jwk(json.dumps(json.dumps(key))).outcome is Outcome.PASSED
    assert jwk(json.dumps(public)).outcome is Outcome.FAILED


def test_a_web_key_whose_member_does_not_suit_its_curve_is_doubtful() -> None:
    key = json.loads(expand("{{jwk:ec}}")) | {"crv": "P-521"}
    assert jwk(json.dumps(key)).outcome is Outcome.DOUBTFUL


@given(st.text(max_size=200), st.sampled_from(sorted(CHECKS)))
def test_a_check_survives_any_text_and_never_repeats_it(value: str, name: str) -> None:
    note = CHECKS[name](value).note
    assert len(value) < 12 or value not in note
