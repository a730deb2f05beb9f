"""Keystores as binary files, which the sensor tells from other binary files by how they start."""

from __future__ import annotations

import base64

import pytest

from secloop.rules.generate import expand
from stages.code.secrets.kit import scan, sensor, source


def _store(kind: str) -> bytes:
    return base64.b64decode(expand(f"{{{{keystore:{kind}}}}}"))


@pytest.mark.parametrize(("kind", "rule"), [("jks", "java"), ("jceks", "java"), ("pkcs12", "pkcs12")])
def test_a_binary_keystore_is_found(kind: str, rule: str) -> None:
    data = _store(kind)
    assert sensor().wants(source(data, "conf/server.bin").meta)
    (finding,) = scan(data, "conf/server.bin")
    assert finding.rule == f"keystore.{rule}"
    assert base64.b64encode(data).decode()[:20] not in finding.excerpt + finding.message


def test_a_truststore_is_none() -> None:
    assert scan(_store("truststore"), "conf/trust.jks") == []


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n" + bytes(100), b"\x30\x82" + bytes(100), bytes(64)])
def test_other_binary_files_are_not_wanted(data: bytes) -> None:
    assert not sensor().wants(source(data, "conf/server.bin").meta)


@pytest.mark.parametrize("kind", ["jks", "pkcs12"])
def test_a_keystore_cut_anywhere_is_no_failure(kind: str) -> None:
    data = _store(kind)
    for size in range(1, len(data), 7):
        assert len(scan(data[:size], "conf/server.bin")) <= 1
