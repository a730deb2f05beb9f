"""Made-up keys have the structure of real ones."""

from __future__ import annotations

import base64
import binascii
import json

import pytest

from secloop.model.errors import UsageError
from secloop.rules.generate import expand


@pytest.mark.parametrize("kind", ["operator", "account", "user", "server", "cluster", "curve"])
def test_a_seed_names_its_type_and_carries_its_checksum(kind: str) -> None:
    seed = expand(f"{{{{nkey:{kind}}}}}")
    raw = base64.b32decode(seed + "=" * 6)
    letter = {"server": "N", "curve": "X"}.get(kind, kind[0].upper())
    assert (len(seed), seed[:2]) == (58, f"S{letter}")
    assert binascii.crc_hqx(raw[:-2], 0) == int.from_bytes(raw[-2:], "little")


@pytest.mark.parametrize(
    ("kind", "type_", "private"),
    [("rsa", "RSA", "d"), ("ec", "EC", "d"), ("okp", "OKP", "d"), ("oct", "oct", "k")],
)
def test_a_web_key_is_json_with_its_private_member(kind: str, type_: str, private: str) -> None:
    key = json.loads(expand(f"{{{{jwk:{kind}}}}}"))
    assert key["kty"] == type_
    assert len(key[private]) >= 43


@pytest.mark.parametrize("text", ["{{nkey:boss}}", "{{jwk:RSA}}"])
def test_an_unknown_kind_is_refused_with_the_known_ones(text: str) -> None:
    with pytest.raises(UsageError, match="Write one of"):
        expand(text)


def test_an_encrypted_key_says_so_in_its_structure() -> None:
    body = "".join(expand("{{pem:ENCRYPTED PRIVATE KEY}}").splitlines()[1:-1])
    assert bytes.fromhex("2a864886f70d01050d") in base64.b64decode(body)
