"""The example shop is sound material: what expected.json says stands there, and every file is well-formed."""

from __future__ import annotations

import ipaddress
import json
import re
import sqlite3
import subprocess
import sys
import tomllib
from collections import Counter
from typing import TYPE_CHECKING

import jinja2
import pytest
import yaml

from secloop.loop.material import MARKER, load_material, reader
from secloop.scan.sources import WorkTree
from stories.shopkit import SHOP, STAGES, expected

if TYPE_CHECKING:
    from pathlib import Path

ROWS = expected()
FILES = [entry.path for entry in WorkTree(SHOP)]
LOG = "logs/cloudtrail/2026-11-20.jsonl"
PROSE = {"README.md", MARKER}
"""Files that name generators without being expanded."""

KEYS = {"stage", "kind", "file", "line", "text", "why"}
OPTIONAL = {"cwe", "ids", "feed", "component", "version", "resource", "attribute", "event"}
LEAST = {"plan": 3, "code": 8, "build": 10, "test": 15, "release": 3, "deploy": 15, "operate": 4, "monitor": 5}
DOCUMENTATION = [
    ipaddress.ip_network(net)
    for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "10.20.0.0/16")
]
_BRACKETS = {")": "(", "]": "[", "}": "{"}
_SKIP = {
    "ts": r"//[^\n]*|/\*.*?\*/|/(?:[^/\n\\\[ *]|\\.|\[[^\]\n]*\])(?:[^/\n\\\[]|\\.|\[[^\]\n]*\])*/[gu]?(?=[.,;)\n])",
    "go": r"//[^\n]*",
    "tf": r"#[^\n]*",
}
_STRINGS = r"""|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`"""


def text(path: str) -> str:
    """Return a file as it is scanned."""
    data = reader(SHOP)(path)
    assert data is not None, path
    return data.decode()


def named(*suffixes: str) -> list[str]:
    found = [path for path in FILES if path.endswith(suffixes)]
    assert found
    return found


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['stage']}-{row['file']}-{row['line']}")
def test_a_planted_problem_stands_where_expected_json_says(row: dict[str, object]) -> None:
    assert set(row) >= KEYS
    assert not set(row) - KEYS - OPTIONAL
    assert row["stage"] in STAGES
    lines = text(str(row["file"])).splitlines()
    assert str(row["text"]) in lines[int(str(row["line"])) - 1]
    assert {"cwe", "ids", "resource", "event"} & set(row), "nothing tells this problem apart"


def test_every_stage_has_enough_planted_problems_and_none_is_there_twice() -> None:
    assert {stage: n for stage, n in LEAST.items() if Counter(row["stage"] for row in ROWS)[stage] < n} == {}
    places = Counter(
        (row["kind"], row["file"], row["line"], row.get("attribute"), *(row.get("ids") or row.get("cwe") or ()))
        for row in ROWS
    )
    assert [place for place, times in places.items() if times > 1] == []


@pytest.mark.parametrize("path", named(".py"))
def test_python_compiles(path: str) -> None:
    compile(text(path), path, "exec", dont_inherit=True)


@pytest.mark.parametrize("path", named(".json", ".yaml", ".yml", ".toml", "uv.lock"))
def test_data_files_parse(path: str) -> None:
    if path.endswith(".json"):
        json.loads(text(path))
    elif path.endswith((".toml", ".lock")):
        tomllib.loads(text(path))
    else:
        assert all(yaml.safe_load_all(text(path)))


@pytest.mark.parametrize("path", named(".ts", ".go", ".tf"))
def test_brackets_of_other_sources_are_balanced(path: str) -> None:
    left: list[str] = []
    code = re.sub(_SKIP[path.rpartition(".")[2]] + _STRINGS, "", text(path), flags=re.DOTALL)
    for char in code:
        if char in _BRACKETS.values():
            left.append(char)
        elif char in _BRACKETS:
            assert left.pop() == _BRACKETS[char]
    assert left == []


@pytest.mark.parametrize("path", named(".html", ".txt"))
def test_templates_parse(path: str) -> None:
    jinja2.Environment(autoescape=True).parse(text(path))


def test_the_schema_is_sql() -> None:
    with sqlite3.connect(":memory:") as connection:
        connection.executescript(text("backend/shop/schema.sql"))


def test_every_file_with_a_generator_is_named_and_every_named_file_has_one() -> None:
    generator = re.compile(r"\{\{[a-z0-9]+:[^{}\n]+\}\}")
    holding = {path for path in FILES if generator.search((SHOP / path).read_text(encoding="utf-8"))}
    material = load_material(SHOP)
    assert material is not None
    assert holding - PROSE == set(material.files)
    assert not any(generator.search(text(path)) for path in material.files)


def test_the_committed_tree_holds_nothing_key_shaped() -> None:
    from secloop.rules.index import builtin
    from secloop.scan.base import Settings
    from secloop.scan.engine import scan
    from secloop.stages.code.secrets.sensor import SecretsSensor

    found = scan(WorkTree(SHOP), [SecretsSensor()], Settings(root=str(SHOP)), builtin(), jobs=1).findings
    assert [(one.rule, one.place) for one in found if one.confidence != "low"] == []


def test_the_logs_are_what_their_script_writes(tmp_path: Path) -> None:
    out = tmp_path / "log.jsonl"
    subprocess.run([sys.executable, "tools/make_logs.py", str(out)], cwd=SHOP, check=True)
    assert out.read_bytes() == (SHOP / LOG).read_bytes()
    assert out.stat().st_size < 300_000


def test_the_logs_speak_of_nobody() -> None:
    events = [json.loads(line) for line in text(LOG).splitlines()]
    assert {event["recipientAccountId"] for event in events} == {"111122223333"}
    assert len({event["eventID"] for event in events}) == len(events)
    assert [event["eventTime"] for event in events] == sorted(event["eventTime"] for event in events)
    for address in {event["sourceIPAddress"] for event in events}:
        service = address.endswith(".amazonaws.com")
        assert service or any(ipaddress.ip_address(address) in net for net in DOCUMENTATION)
