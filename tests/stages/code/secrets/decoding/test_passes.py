"""A secret behind an encoding is found at the place of the encoded text."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Partial
from secloop.model.finding import Finding
from secloop.model.places import CodeSpan
from secloop.rules.generate import expand
from secloop.rules.index import builtin
from secloop.scan.base import Settings, SourceFile
from secloop.scan.classify import classify
from secloop.stages.code.secrets.decoding.encodings import segments
from secloop.stages.code.secrets.decoding.notebooks import notebook
from secloop.stages.code.secrets.decoding.passes import MAX_DEPTH, MAX_RUNS
from secloop.stages.code.secrets.sensor import SecretsSensor

if TYPE_CHECKING:
    from collections.abc import Callable

    from secloop.model.finding import Observation

TOKEN = expand("{{crc32:ghp_,30}}")
RULE = "github-token.classic"


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _percent(text: str) -> str:
    return "".join(f"%{ord(c):02X}" for c in text)


def _escapes(text: str) -> str:
    return "".join(f"\\u{ord(c):04x}" for c in text)


def _hex(text: str) -> str:
    return text.encode().hex()


@pytest.fixture(scope="module")
def sensor() -> SecretsSensor:
    made = SecretsSensor()
    made.configure(Settings(root="/nowhere"), builtin())
    return made


def _scan(sensor: SecretsSensor, text: str, path: str = "notes.txt") -> list[Observation]:
    data = text.encode()
    return list(sensor.scan(SourceFile(classify(path, len(data), data[:4096]), data)))


def _found(sensor: SecretsSensor, text: str, path: str = "notes.txt") -> list[tuple[str, str, str]]:
    """Return rule, text at the place, and how it was decoded, of each finding."""
    lines = text.splitlines()
    out = []
    for one in _scan(sensor, text, path):
        assert isinstance(one, Finding)
        assert isinstance(one.place, CodeSpan)
        assert TOKEN not in repr(one)
        place = lines[one.place.line - 1][one.place.column - 1 : one.place.end_column - 1]
        out.append((one.rule, place, one.evidence.get("decoded", "")))
    return out


@pytest.mark.parametrize(
    ("name", "encode"), [("base64", _base64), ("hex", _hex), ("percent", _percent), ("unicode", _escapes)]
)
def test_each_encoding_is_seen_through(sensor: SecretsSensor, name: str, encode: Callable[[str], str]) -> None:
    encoded = encode(TOKEN)
    assert _found(sensor, f"first\nx: {encoded} y\n") == [(RULE, encoded, name)]


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
@pytest.mark.parametrize("after", ["", "?", "??"])
def test_the_place_is_the_part_that_encodes_the_secret(sensor: SecretsSensor, before: str, after: str) -> None:
    encoded = _base64(f"{before} {TOKEN} {after}")
    [(rule, place, how)] = _found(sensor, f"x: {encoded}\n")
    assert (rule, how) == (RULE, "base64")
    assert TOKEN in base64.b64decode(place + "=" * (-len(place) % 4)).decode()
    assert place in encoded


def test_base64_of_the_url_alphabet_without_padding_is_read(sensor: SecretsSensor) -> None:
    encoded = base64.urlsafe_b64encode(f"~~~???>>> {TOKEN}".encode()).decode().rstrip("=")
    assert [(rule, how) for rule, _, how in _found(sensor, f"{encoded}\n")] == [(RULE, "base64")]


def test_encodings_in_encodings_are_undone_up_to_the_bound(sensor: SecretsSensor) -> None:
    text = TOKEN
    for _ in range(MAX_DEPTH):
        text = _base64(f"v {text}")
    assert [how for _, _, how in _found(sensor, f"{text}\n")] == [" > ".join(["base64"] * MAX_DEPTH)]
    assert _found(sensor, _base64(f"v {text}") + "\n") == []


def test_mixed_encodings_say_their_order(sensor: SecretsSensor) -> None:
    assert [how for _, _, how in _found(sensor, _percent(_base64(f"v {TOKEN}")) + "\n")] == ["percent > base64"]


def test_two_secrets_of_one_run_are_two_findings(sensor: SecretsSensor) -> None:
    other = expand("{{crc32:ghp_,30}} {{crc32:ghp_,30}}").split()[1]
    assert len(_found(sensor, _base64(f"{TOKEN} and then {other}") + "\n")) == 2


def test_a_secret_in_the_clear_is_not_found_again_beside_an_escape(sensor: SecretsSensor) -> None:
    assert _found(sensor, f"https://host/?a=%20b&t={TOKEN}&c=%2F\n") == [(RULE, TOKEN, "")]


@pytest.mark.parametrize(
    "text",
    [
        "integrity sha512-{{base64:86}}==",
        "{{hex:40}} {{hex:64}} {{hex:128}}",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA{{base64:400}}",
        "the_quick_brown_fox_jumps_over_the_lazy_dog SomeLongCamelCaseIdentifierOfAClass",
        "100%25 of %20 and %2Fpath%2Fto%2Fthing",
    ],
)
def test_hashes_images_and_names_are_no_secrets(sensor: SecretsSensor, text: str) -> None:
    assert _found(sensor, expand(text) + "\n") == []


def test_more_runs_than_are_tried_make_the_file_partly_analysed(sensor: SecretsSensor) -> None:
    seen = _scan(sensor, "%41 " * (MAX_RUNS + 1))
    assert [(one.reason, one.share) for one in seen if isinstance(one, Partial)] == [
        ("more encoded text than is decoded", 0.95)
    ]


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=16, max_size=80))
def test_printable_text_survives_base64(text: str) -> None:
    found = [one for one in segments(_base64(text).encode()) if one]
    assert [one.decoded.decode() for one in found] == [text]


@given(st.binary(max_size=300))
def test_runs_are_disjoint_and_map_back_into_themselves(data: bytes) -> None:
    text = b"%41" + base64.b64encode(data) + b" " + data + b" " + data.hex().encode() + b"\\u0041" * 5
    at = 0
    for one in segments(text):
        if one is None:
            continue
        assert at <= one.start < one.end <= len(text)
        at = one.end
        for i in range(len(one.decoded)):
            low, high = one.origin(i, i + 1)
            assert one.start <= low < high <= one.end


def _notebook(*source: str) -> str:
    return json.dumps({"cells": [{"cell_type": "code", "source": list(source)}], "nbformat": 4}, indent=1)


def test_a_notebook_s_cells_are_read_as_they_were_typed(sensor: SecretsSensor) -> None:
    value = expand("{{base62:36}}")
    text = _notebook('settings = {"api_key":\n', f'  "{value}"' + "}\n")
    assert _found(sensor, text, "lab.ipynb") == [("generic-api-key.quoted", value, "notebook")]


def test_a_key_over_several_lines_of_a_cell_is_found(sensor: SecretsSensor) -> None:
    lines = expand("{{pem:RSA PRIVATE KEY}}").splitlines(keepends=True)
    text = _notebook('key = """\n', *lines, '"""\n')
    [one] = _scan(sensor, text, "lab.ipynb")
    assert isinstance(one, Finding)
    assert isinstance(one.place, CodeSpan)
    assert one.rule.startswith("private-key")
    assert one.place.end_line - one.place.line == len(lines) - 1


@given(st.lists(st.text(max_size=30), max_size=5))
def test_a_notebook_gives_back_its_text(lines: list[str]) -> None:
    shown = notebook(_notebook(*lines).encode())[0].text.decode("utf-8", "replace").strip("\n")
    assert shown == "".join(lines).encode("utf-8", "replace").decode("utf-8", "replace").strip("\n")


@given(st.binary(max_size=200))
def test_a_broken_notebook_is_read_as_far_as_it_goes(data: bytes) -> None:
    view, _ = notebook(b'{"source": ["' + data)
    for i in range(len(view.text)):
        origin = view.origin(i, i + 1)
        assert origin is None or 0 <= origin.start <= origin.end <= len(data) + 13


@pytest.mark.parametrize("text", ['{"source": ["' + "\\n" * 300_001, '{"source": [' + '"x",' * 100_001])
def test_a_notebook_of_more_text_than_is_looked_at_is_partly_analysed(sensor: SecretsSensor, text: str) -> None:
    seen = _scan(sensor, text, "lab.ipynb")
    assert [one.reason for one in seen if isinstance(one, Partial)] == ["more encoded text than is decoded"]


def test_quotes_that_are_never_closed_take_linear_time() -> None:
    view, cut = notebook(b'"\\' * (1 << 20))
    assert (bytes(view.text), cut) == (b"", False)
