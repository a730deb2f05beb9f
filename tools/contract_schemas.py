"""Writes the JSON Schemas of docs/contracts from the model; `--check` fails when one is out of date.

Schemas: the JSON report, secloop.toml, and the front matter of a rule page.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from secloop.interop.json_report import Document
from secloop.model.config import Config
from secloop.model.rule import Matcher, Rule
from secloop.rules import pages

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "contracts"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
BASE = "https://github.com/secloop/secloop/blob/main/docs/contracts/"


def main() -> int:
    """Write or check all schemas; return 1 when a check failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 when something is out of date")
    check = parser.parse_args().check
    failed = False
    for name, schema in schemas().items():
        path, text = FOLDER / name, json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        if not check:
            FOLDER.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            print(f"docs/contracts/{name} is out of date: run make docs", file=sys.stderr)
            failed = True
    return int(failed)


def schemas() -> dict[str, dict[str, Any]]:
    """Return every published schema by file name."""
    found = {
        "report.schema.json": ("secloop JSON report, secloop.report/1", written(msgspec.json.schema(Document))),
        "config.schema.json": ("secloop.toml", msgspec.json.schema(Config)),
        "rule-page.schema.json": ("Front matter of a secloop rule page", rule_page()),
    }
    return {
        name: {"$schema": DIALECT, "$id": BASE + name, "title": title, **schema}
        for name, (title, schema) in found.items()
    }


def written(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of what a program writes: every key is there, though the model has a default for it."""
    for part in schema.get("$defs", {}).values():
        if part.get("properties"):
            part["required"] = list(part["properties"])
    return schema


def rule_page() -> dict[str, Any]:
    """Return the schema of a page's front matter: a rule's keys without prose, and those a page gives its matchers."""
    _, parts = msgspec.json.schema_components([Rule, Matcher], ref_template="#/$defs/{name}")
    rule, matcher = parts["Rule"]["properties"], parts["Matcher"]
    keys = {key: rule.get(key) or matcher["properties"][key] for key in (*pages.REQUIRED, *pages.OPTIONAL)}
    defs = {name: part for name, part in parts.items() if name not in {"Rule", "Case"}}
    return {
        "type": "object",
        "properties": keys,
        "required": list(pages.REQUIRED),
        "additionalProperties": False,
        "$defs": defs,
    }


if __name__ == "__main__":
    sys.exit(main())
