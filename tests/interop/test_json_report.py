"""The JSON report keeps its contract."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from interop import golden, samples
from secloop.interop.formats import write
from secloop.model.report import Report

KEYS: dict[str, str] = {
    "": "schema tool run verdict coverage findings components",
    "tool": "name version rules feeds",
    "tool.feeds.0": "name date",
    "run": "id command project ref commit dirty root started finished scope",
    "run.scope": "sensors paths since",
    "verdict": "exit gate complete profile decisions",
    "verdict.decisions.0": "rule reason findings to_pass",
    "coverage": "stages files gaps",
    "coverage.files": "seen scanned excluded partial limited failed",
    "coverage.gaps.0": "file sensor class reason",
    "findings.0": "id occurrence kind stage rule title message severity severity_raw confidence audience status"
    " suppressed cwe ids controls threats file line end_line column end_column component version purl fixed resource"
    " endpoint flow owner tools fix",
    "findings.0.tools.0": "tool rule",
    "findings.1.flow.0": "file line",
    "components.0": "name version purl file line direct scope via",
}
"""The keys of contracts.md, "JSON report", by place in the document."""


def test_every_key_of_the_contract_is_there() -> None:
    document = json.loads(write("json", samples.report()))
    for place, keys in KEYS.items():
        assert set(keys.split()) <= set(_at(document, place)), place


def test_the_document_names_its_schema_first_and_ends_its_last_line() -> None:
    data = write("json", samples.report())
    assert data.startswith(b'{\n  "schema": "secloop.report/1",\n  "tool": {')
    assert data.endswith(b"}\n")


def test_it_reads_back_as_the_same_report() -> None:
    report = samples.report()
    assert msgspec.json.decode(write("json", report), type=Report) == report


def test_the_published_example_and_schema_hold() -> None:
    data = write("json", samples.report())
    assert golden.holds("report.example.json", data, golden.CONTRACTS)
    schema = json.loads((golden.CONTRACTS / "report.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(json.loads(data))
    Draft202012Validator(schema).validate(json.loads(write("json", samples.hostile())))


def test_the_published_schemas_are_what_the_model_says() -> None:
    tool = Path(__file__).resolve().parents[2] / "tools" / "contract_schemas.py"
    done = subprocess.run([sys.executable, str(tool), "--check"], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_bytes_of_names_that_are_not_utf8_are_shown() -> None:
    name = b"caf\xe9.py".decode("utf-8", "surrogateescape")
    document = json.loads(write("json", samples.report(samples.row(file=name))))
    assert document["findings"][0]["file"] == "caf\\xe9.py"


@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_any_text_is_written_and_read_back(text: str) -> None:
    found = json.loads(write("json", samples.report(samples.row(message=text))))["findings"][0]["message"]
    assert found == re.sub("[\ud800-\udfff]", lambda m: _shown(m[0]), text)


def _shown(surrogate: str) -> str:
    code = ord(surrogate)
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"


def _at(document: Any, place: str) -> Any:
    for step in filter(None, place.split(".")):
        document = document[int(step)] if step.isdigit() else document[step]
    return document
