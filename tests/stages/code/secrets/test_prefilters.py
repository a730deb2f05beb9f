"""Hyperscan and the keyword fallback find the same secrets; the database on disk is never trusted blindly."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secloop.rules.generate import expand
from secloop.rules.index import builtin
from secloop.stages.code.secrets.context import file_context
from secloop.stages.code.secrets.databases import load_database
from secloop.stages.code.secrets.detect import Detector
from secloop.stages.code.secrets.hyperscan_prefilter import HyperscanPrefilter
from secloop.stages.code.secrets.keyword_prefilter import KeywordPrefilter
from secloop.stages.code.secrets.prefilter import cache_folder
from stages.code.secrets.kit import rules, source

if TYPE_CHECKING:
    from pathlib import Path

CORPUS = [(expand(case.text), case.file) for rule in builtin(prose=True).for_engine("secret") for case in rule.cases]


def _hits(detector: Detector, text: str | bytes, path: str) -> list[tuple[str, int, int]]:
    file = source(text, path)
    return [(hit.rule.rule_id, hit.start, hit.end) for hit in detector.detect(file.data, file_context(file.meta)).hits]


@pytest.fixture(scope="module")
def detectors() -> tuple[Detector, Detector]:
    return (
        Detector(rules(), _hyperscan()),
        Detector(rules(), KeywordPrefilter(rules())),
    )


def test_both_find_the_same_in_every_page_case(detectors: tuple[Detector, Detector]) -> None:
    fast, slow = detectors
    for text, path in CORPUS:
        assert _hits(fast, text, path) == _hits(slow, text, path), path


def test_both_find_the_same_in_one_large_file_of_all_cases(detectors: tuple[Detector, Detector]) -> None:
    fast, slow = detectors
    text = "\n\n".join(text for text, _ in CORPUS)
    for path in ("all.py", "all.env", "all.yaml", "all.xml", "all.json"):
        assert _hits(fast, text, path) == _hits(slow, text, path)


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(CORPUS), st.binary(max_size=400))
def test_both_find_the_same_between_arbitrary_bytes(before: bytes, case: tuple[str, str], after: bytes) -> None:
    fast = Detector(rules(), _hyperscan())
    slow = Detector(rules(), KeywordPrefilter(rules()))
    data = before + b"\n" + case[0].encode() + b"\n" + after
    assert _hits(fast, data, case[1]) == _hits(slow, data, case[1])


@cache
def _hyperscan() -> HyperscanPrefilter:
    return HyperscanPrefilter(rules(), None)


def test_the_sensor_works_where_hyperscan_is_not_installed() -> None:
    program = """
import sys
sys.modules["hyperscan"] = None
from secloop.rules.generate import expand
from secloop.rules.index import builtin
from secloop.scan.base import FileMeta, Settings, SourceFile
from secloop.stages.code.secrets.sensor import SecretsSensor
sensor = SecretsSensor()
sensor.configure(Settings(), builtin())
data = expand('T = "{{crc32:ghp_,30}}"').encode()
print([f.rule for f in sensor.scan(SourceFile(FileMeta(path="a.py", size=len(data), head=data), data))])
"""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "['github-token.classic']"


def test_the_database_is_cached_and_read_again(tmp_path: Path) -> None:
    expressions = [b"abc[0-9]+", b"xyz"]
    load_database(expressions, tmp_path / "c")
    (file,) = (tmp_path / "c").iterdir()
    written = file.stat().st_mtime_ns
    load_database(expressions, tmp_path / "c")
    assert file.stat().st_mtime_ns == written
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damage", [b"", b"secloop-hsdb-4\n", b"x" * 500])
@pytest.mark.usefixtures("cold_cache")
def test_a_damaged_database_is_compiled_again(tmp_path: Path, damage: bytes) -> None:
    load_database([b"abc"], tmp_path)
    (file,) = tmp_path.iterdir()
    good = file.read_bytes()
    file.write_bytes(damage)
    database, refused = load_database([b"abc"], tmp_path)
    assert database is not None
    assert not refused
    assert file.read_bytes()[:15] == good[:15]


@pytest.mark.usefixtures("cold_cache")
def test_a_database_that_others_can_write_is_not_used(tmp_path: Path) -> None:
    load_database([b"abc"], tmp_path)
    (file,) = tmp_path.iterdir()
    file.chmod(0o666)
    load_database([b"abc"], tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    database, _ = load_database([b"abc"], blocked / "cache")
    assert database is not None


def test_the_cache_is_never_inside_the_scanned_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "repo" / ".cache"))
    assert cache_folder(str(tmp_path / "repo")) is None
    assert cache_folder(str(tmp_path / "other")) == tmp_path / "repo" / ".cache" / "secloop"


def test_a_relative_cache_folder_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder("/nowhere") == tmp_path / ".cache" / "secloop"


def test_a_regex_too_large_for_hyperscan_goes_by_its_keywords() -> None:
    database, refused = load_database([b"abc", b"(?:[^a]|b[^c]){8,900}(?:d|e[^f]){8,900}x"], None)
    assert database is not None
    assert refused in ([], [1])
