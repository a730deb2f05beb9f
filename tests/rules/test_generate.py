"""Generators: deterministic, of the right alphabet, length and structure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import string
import uuid
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secloop.model.errors import UsageError
from secloop.rules import generate
from secloop.rules.generate import expand

ALPHABETS = {
    "base62": string.ascii_letters + string.digits,
    "hex": "0123456789abcdef",
    "digits": string.digits,
    "upper": string.ascii_uppercase + string.digits,
    "lower": string.ascii_lowercase + string.digits,
    "alpha": string.ascii_letters,
    "base32": string.ascii_uppercase + "234567",
    "base64": string.ascii_letters + string.digits + "+/",
    "base64url": string.ascii_letters + string.digits + "-_",
    "word": string.ascii_letters + string.digits + "!-_.*+",
}


@settings(deadline=None)
@given(st.sampled_from(sorted(ALPHABETS)), st.integers(4, 200), st.text(max_size=20))
def test_a_generator_gives_its_alphabet_and_length_and_the_same_each_time(name: str, length: int, seed: str) -> None:
    if name == "base64" and length % 4 == 1:
        length += 1
    text = f"{{{{{name}:{length}}}}}"
    value = expand(text, seed)
    assert len(value) == length
    assert set(value) <= set(ALPHABETS[name])
    assert value == expand(text, seed)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_expands_or_is_refused_in_one_line(text: str) -> None:
    try:
        value = expand(text)
    except UsageError as error:
        value = str(error).replace("\n", "")
        with pytest.raises(UsageError, match=re.escape(value)):
            expand(text)
    else:
        assert expand(text) == value


@settings(deadline=None)
@given(st.text().filter(lambda text: "{{" not in text), st.text().filter(lambda text: "}}" not in text))
def test_text_around_a_generator_stays(before: str, after: str) -> None:
    before, after = before.rstrip("{"), after.lstrip("}")
    value = expand(before + "{{hex:8}}" + after)
    assert value.startswith(before)
    assert value.endswith(after)
    assert len(value) == len(before) + 8 + len(after)


def test_the_value_depends_on_seed_text_and_ordinal() -> None:
    first, second = expand("{{hex:32}} {{hex:32}}").split()
    values = {first, second, expand("{{hex:32}}", "other"), expand("{{hex:33}}")[:32]}
    assert len(values) == 4
    assert expand("x {{hex:32}}") == f"x {first}"


@pytest.mark.parametrize("length", [2, 3, 4, 40, 43, 86, 87, 88])
def test_base64_decodes(length: int) -> None:
    value = expand(f"{{{{base64:{length}}}}}")
    padded = value + "=" * (-length % 4)
    assert base64.b64encode(base64.b64decode(padded, validate=True)).decode() == padded


def test_a_checksummed_token_carries_the_crc_of_its_body() -> None:
    value = expand("{{crc32:acme_,30}}")
    body, check = value[5:35], value[35:]
    number = 0
    for char in check:
        number = number * 62 + generate.BASE62.index(char)
    assert value.startswith("acme_")
    assert (len(body), len(check)) == (30, 6)
    assert number == zlib.crc32(body.encode())


def test_a_jwt_has_a_header_claims_and_a_signature() -> None:
    head, claims, signature = expand("{{jwt}}").split(".")
    decoded = [json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in (head, claims)]
    assert decoded[0] == {"alg": "HS256", "typ": "JWT"}
    assert set(decoded[1]) == {"sub", "iat"}
    assert len(base64.urlsafe_b64decode(signature + "=")) == len(hmac.digest(b"", b"", hashlib.sha256))


def test_a_uuid_is_of_version_4() -> None:
    assert uuid.UUID(expand("{{uuid}}")).version == 4


def test_a_word_holds_every_class_of_characters() -> None:
    for length in range(4, 40):
        value = expand(f"{{{{word:{length}}}}}")
        assert value[0] in string.ascii_lowercase
        for alphabet in (string.ascii_uppercase, string.digits, "!-_.*+"):
            assert set(value) & set(alphabet)


@pytest.mark.parametrize("label", ["RSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY", "ENCRYPTED PRIVATE KEY"])
def test_a_pem_block_holds_one_der_sequence(label: str) -> None:
    first, *lines, last = expand(f"{{{{pem:{label}}}}}").split("\n")
    data = base64.b64decode("".join(lines), validate=True)
    assert (first, last) == (f"-----BEGIN {label}-----", f"-----END {label}-----")
    assert all(len(line) == 64 for line in lines[:-1])
    assert data[0] == 0x30
    size = int.from_bytes(data[2 : 2 + (data[1] & 0x7F)], "big") if data[1] & 0x80 else data[1]
    head = 2 + (data[1] & 0x7F if data[1] & 0x80 else 0)
    assert len(data) == head + size


def test_an_openssh_key_starts_with_its_magic() -> None:
    lines = expand("{{pem:OPENSSH PRIVATE KEY}}").split("\n")[1:-1]
    assert base64.b64decode("".join(lines)).startswith(b"openssh-key-v1\0")


def test_a_pem_block_keeps_the_indent_of_a_yaml_block() -> None:
    lines = expand("key: |\n    {{pem:EC PRIVATE KEY}}\nend: 1").split("\n")
    assert all(line.startswith("    ") for line in lines[1:-1])
    assert lines[-1] == "end: 1"


@pytest.mark.parametrize(
    "text", ["{{ base62:36 }}", "${{ secrets.TOKEN }}", "{{ .Values.key }}", "{{word}}", "{{name}}"]
)
def test_what_belongs_to_other_template_languages_stays(text: str) -> None:
    assert expand(text) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{{bas62:36}}", "{{base62:36}}"),
        ("{{hex:0}}", "from 1 to 4096"),
        ("{{hex:many}}", "from 1 to 4096"),
        ("{{hex:99999}}", "from 1 to 4096"),
        ("{{word:3}}", "from 4 to 4096"),
        ("{{base64:5}}", "no base64 text has 5 characters"),
        ("{{crc32:acme_}}", "{{crc32:prefix_,30}}"),
        ("{{pem:rsa}}", "in capitals"),
        ("{{hex:4096}}" * 300, "more than 1048576 characters"),
    ],
)
def test_a_wrong_generator_is_refused_with_what_to_write(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words.replace("{", r"\{").replace("(", r"\(")):
        expand(text)


def test_a_basic_credential_decodes_to_its_user_and_a_password() -> None:
    user, _, password = base64.b64decode(expand("{{basic:robot}}")).decode().partition(":")
    assert user == "robot"
    assert len(password) == 14


def test_every_generator_is_put_in_words_for_a_reader() -> None:
    names = {*generate._ALPHABETS, *generate._PLAIN, *generate._WITH_ARGUMENT}
    assert names - {"crc32"} == set(generate._WORDS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{crc32:ghp_,30}}", "ghp_<30 letters and digits with their checksum>"),
        ("k = '{{hex:32}}'", "k = '<32 hex digits>'"),
        ("{{jwt}}", "<a signed JSON web token>"),
        ("{{ .Values.token }} {{name}} {{other:x}}", "{{ .Values.token }} {{name}} {{other:x}}"),
    ],
)
def test_generators_are_described_and_other_braces_stay(text: str, said: str) -> None:
    assert generate.described(text) == said
