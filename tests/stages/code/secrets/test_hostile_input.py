"""Hostile bytes: long lines, invalid UTF-8, endless armour, thousands of hits."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secloop.model.coverage import Partial
from secloop.model.finding import Finding
from secloop.rules.generate import expand
from secloop.scan.base import FileMeta, Flag
from secloop.stages.code.secrets.detect import MAX_HITS
from stages.code.secrets.kit import found, scan, sensor, source, span


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=2000), st.sampled_from(["a.py", ".env", "a.yaml", "a.json", "a.xml", "x", ".netrc"]))
def test_any_bytes_are_scanned_without_an_error(data: bytes, path: str) -> None:
    for finding in scan(data, path):
        assert 1 <= span(finding).line <= span(finding).end_line <= data.count(b"\n") + 1


def test_an_empty_file_is_scanned() -> None:
    assert scan(b"") == []


def test_a_token_between_invalid_bytes_is_found_at_its_place() -> None:
    token = expand("{{crc32:ghp_,30}}").encode()
    (finding,) = scan(b'\xff\xfe = "' + token + b'" \xc3\x28\n', "a.txt")
    assert span(finding).column == 7
    assert span(finding).end_column == 7 + len(token)


@pytest.mark.parametrize(
    "filler", [b"a", b"=", b"password=", b"\\", b'"', b"://", b"token: '", b"{{", b"-----BEGIN RSA PRIVATE KEY-----"]
)
def test_a_very_long_line_takes_linear_time_and_keeps_provider_rules(filler: bytes) -> None:
    data = filler * (1_000_000 // len(filler))
    token = expand("{{crc32:ghp_,30}}").encode()
    rules = [f.rule for f in scan(data + b' "' + token + b'" ' + data, "bundle.js")]
    assert "github-token.classic" in rules
    assert not [rule for rule in rules if rule.startswith("generic-")]


def test_armour_without_an_end_is_no_key() -> None:
    assert scan("-----BEGIN RSA PRIVATE KEY-----\n" * 2000 + "A" * 100_000, "a.txt") == []


def test_more_hits_than_are_kept_make_the_file_partial() -> None:
    text = "".join(f'T{i} = "{expand("{{crc32:ghp_,30}}", str(i))}"\n' for i in range(MAX_HITS + 5))
    observations = list(sensor().scan(source(text)))
    assert sum(isinstance(o, Finding) for o in observations) == MAX_HITS
    (partial,) = [o for o in observations if isinstance(o, Partial)]
    assert "github-token.classic" in partial.reason


def test_binary_and_empty_files_are_not_wanted() -> None:
    assert not sensor().wants(FileMeta(path="a", size=10, flags=frozenset({Flag.BINARY})))
    assert not sensor().wants(FileMeta(path="a", size=0))
    assert sensor().wants(FileMeta(path="uv.lock", size=10))


def test_a_secret_at_the_very_start_and_end_is_found() -> None:
    assert found("{{crc32:ghp_,30}}", "token.txt") == ["github-token.classic"]
    assert found("{{pem:RSA PRIVATE KEY}}", "key.pem") == ["private-key.clear"]


def test_windows_line_ends_are_no_part_of_a_secret() -> None:
    text = expand("DB_PASSWORD={{word:14}}\r\nX=1\r\n")
    (finding,) = scan(text, ".env")
    assert span(finding).end_column == text.index("\r") + 1


def test_many_dropped_and_kept_hits_on_one_long_line_stay_cheap() -> None:
    placeholders = "ghp_" + "x" * 36 + " "
    tokens = " ".join(expand("{{crc32:ghp_,30}}", str(i)) for i in range(500))
    findings = scan(placeholders * 20_000 + tokens, "a.txt")
    assert len(findings) == 500
    assert all(len(f.excerpt) < 1000 for f in findings)


def test_a_cut_line_shows_no_part_of_an_unknown_secret_at_the_cut() -> None:
    token, unknown = expand("{{crc32:ghp_,30}}"), expand("{{base62:40}}")
    for gap in range(330, 420, 5):
        (finding,) = scan(f"{unknown}{' ' * gap}{token}{' ' * gap}{unknown}", "a.txt")
        assert unknown[-8:] not in finding.excerpt
        assert unknown[:8] not in finding.excerpt
