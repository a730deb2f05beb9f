"""Configuration files as values."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.facts import ConfigKeys, Setting
from secloop.model.finding import Finding, Observation
from secloop.model.places import CodeSpan
from secloop.rules.index import builtin
from secloop.scan.base import FileMeta, Settings, SourceFile
from secloop.stages.test.sast.languages import NAME
from secloop.stages.test.sast.sensor import SastSensor
from secloop.stages.test.sast.settings import Entry, asked, entries, folded, is_settings

READER = b"""
class Digests {
    byte[] of(byte[] data, java.util.Properties settings) throws Exception {
        String name = settings.getProperty("digest.name", "%s");
        return java.security.MessageDigest.getInstance(name).digest(data);
    }
}
"""
GOLDEN = (
    b'{"observation":"config-keys/1","file":"a.properties","settings":[["digest.name",{"type":"code","file":"a.properties"'
    b',"line":2,"end_line":2,"column":1,"end_column":1},["weak-hash.java-configured"]]]}'
)


def found(files: dict[str, bytes]) -> list[Finding]:
    """Return what the built-in rules find in files together."""
    sensor = SastSensor()
    sensor.configure(Settings(), builtin().for_engine(NAME))
    seen: list[Observation] = []
    for path, data in files.items():
        meta = FileMeta(path=path, size=len(data))
        if sensor.wants(meta):
            seen += sensor.scan(SourceFile(meta, data))
    return [one for one in (*seen, *sensor.finish(seen, {})) if isinstance(one, Finding)]


@pytest.mark.parametrize(
    ("path", "text", "key"),
    [
        ("conf/a.properties", "# c\nhash.name = MD5\n", "hash.name"),
        ("a.properties", "hash.name: MD5", "hash.name"),
        ("a.properties", "hash.name=\\\n  MD5", "hash.name"),
        ("a.ini", "[hash]\nname = MD5", "hash.name"),
        (".env", 'export HASH_NAME="MD5"', "HASH_NAME"),
        ("src/application-prod.yml", "hash:\n  name: MD5", "hash.name"),
        ("config.json", '{"hash": {"name": "MD5"}}', "hash.name"),
    ],
    ids=["properties", "colon", "continued", "ini", "env", "yaml", "json"],
)
def test_a_file_gives_keys_values(path: str, text: str, key: str) -> None:
    assert is_settings(path)
    assert [(entry.key, entry.value) for entry in entries(path, text.encode())] == [(key, "MD5")]


def test_lines_are_those_of_the_file() -> None:
    assert list(entries("a.ini", b"; x\n\n[a]\nb = 1\n")) == [Entry("a.b", "1", 4)]


@pytest.mark.parametrize("path", ["data.json", "openapi.yaml", "main.py", "configs/readme.md"])
def test_data_is_no_configuration(path: str) -> None:
    assert not is_settings(path)


def test_a_placeholder_holds_key_and_default() -> None:
    assert asked("${digest-name:MD5}") == ("digestname", "MD5")
    assert asked("name", "digest") == ("digest.name", None)
    assert folded("HASH_NAME") == folded("hash-name")


def test_the_value_of_the_file_counts() -> None:
    files = {"A.java": READER % b"SHA-256", "a.properties": b"\ndigest.name=MD5\n"}
    (one,) = found(files)
    assert one.rule == "weak-hash.java-configured"
    assert [(place.file, place.line) for place in one.flow] == [("a.properties", 2), ("A.java", 4), ("A.java", 5)]


def test_the_default_counts_where_no_file_gives_another_value() -> None:
    reader = {"A.java": READER % b"MD5"}
    assert [one.rule for one in found(reader)] == ["weak-hash.java-configured"]
    assert found({**reader, "a.properties": b"digest.name=SHA-256"}) == []
    assert [one.rule for one in found({**reader, "a.properties": b"digest.title=SHA-256"})] == [
        "weak-hash.java-configured"
    ]


def test_a_good_value_and_a_good_default_are_left_alone() -> None:
    assert found({"A.java": READER % b"SHA-256", "a.properties": b"digest.name=SHA-512"}) == []


def test_the_fact_is_as_the_record_has_it_and_keeps_no_value() -> None:
    sensor = SastSensor()
    sensor.configure(Settings(), builtin().for_engine(NAME))
    data = b"\ndigest.name=MD5"
    (fact,) = sensor.scan(SourceFile(FileMeta(path="a.properties", size=len(data)), data))
    assert fact == ConfigKeys(
        file="a.properties",
        settings=(
            Setting(
                key="digest.name",
                place=CodeSpan(file="a.properties", line=2, end_line=2),
                rules=("weak-hash.java-configured",),
            ),
        ),
    )
    written = msgspec.json.encode(fact)
    assert written == GOLDEN
    assert msgspec.json.decode(written, type=Observation) == fact


@given(st.binary(max_size=400), st.sampled_from(["a.properties", "a.ini", ".env", "config.yml", "config.json"]))
def test_any_bytes_are_read_or_left(data: bytes, path: str) -> None:
    assert all(entry.key and 1 <= entry.line <= data.count(b"\n") + 1 for entry in entries(path, data))


def test_deep_nesting_is_no_configuration() -> None:
    assert list(entries("config.json", b"[" * 100_000)) == []
