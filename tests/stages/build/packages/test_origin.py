"""Origins and hashes as they may stand in a report."""

from __future__ import annotations

import base64
import hashlib

import pytest

from secloop.stages.build.packages.origin import clean_url, hex_hash, repository_name


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://user:pass@pypi.example.org/simple/", "https://pypi.example.org/simple"),
        ("https://example.org/a.git?rev=1#abc", "https://example.org/a.git#abc"),
        ("https://example.org/a.zip#egg=a", "https://example.org/a.zip"),
        ("git@github.com:owner/name.git", "github.com:owner/name.git"),
        ("../local", "../local"),
    ],
    ids=["password", "query", "egg", "scp", "path"],
)
def test_an_origin_holds_no_secret(url: str, clean: str) -> None:
    assert clean_url(url) == clean


@pytest.mark.parametrize(
    "url", ["https://github.com/owner/name.git", "git@github.com:owner/name.git", "ssh://git@github.com/owner/name"]
)
def test_a_repository_has_one_name(url: str) -> None:
    assert repository_name(url) == "github.com/owner/name"


def test_digests_become_hex() -> None:
    sha512 = hashlib.sha512(b"x")
    assert hex_hash("sha512-" + base64.b64encode(sha512.digest()).decode()) == f"sha512:{sha512.hexdigest()}"
    assert hex_hash("SHA256:" + "AB" * 32) == "sha256:" + "ab" * 32
    assert hex_hash("ab" * 20) == "sha1:" + "ab" * 20


@pytest.mark.parametrize("text", ["", "zzz", "sha512-####", "h1:abc", "sha256:" + "ab" * 20, "ab" * 11])
def test_what_is_no_digest_is_left_out(text: str) -> None:
    assert hex_hash(text) == ""
