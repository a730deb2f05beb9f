"""How many of the CEL specification's conformance tests our evaluator answers as they want.

usage: python bench/cel.py CASES.json [RESULTS.json]

CASES.json is what the conformance suite's test files (google/cel-spec, tests/simple/testdata) become as plain JSON:
{id, expr, bindings, expect, needs, no_check}. Without protobuf messages, a case is one of 1,715.
"""

from __future__ import annotations

import json
import math
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from secloop.model.errors import UsageError
from secloop.policy.cel_values import Environment

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def given(value: Any) -> Any:  # noqa: PLR0911 - one return for each type of value
    """Return a value of the suite's JSON as plain Python."""
    match value:
        case {"bytes": str(text)} if len(value) == 1:
            return bytes.fromhex(text)
        case {"double": str(text)} if len(value) == 1:
            return float(text)
        case {"map": list(pairs)} if len(value) == 1:
            return {given(key): given(item) for key, item in pairs}
        case {"timestamp": [seconds, nanos]}:
            return _EPOCH + timedelta(seconds=seconds, microseconds=nanos // 1000)
        case {"duration": [seconds, nanos]}:
            return timedelta(seconds=seconds, microseconds=nanos // 1000)
        case dict():
            return {key: given(item) for key, item in value.items()}
        case list():
            return [given(item) for item in value]
        case _:
            return value


def answered(value: Any) -> Any:  # noqa: PLR0911 - one return for each type of value
    """Return a plain Python value in the suite's JSON."""
    match value:
        case bool() | int() | str() | None:
            return value
        case float():
            special = math.isnan(value) or math.isinf(value)
            return {"double": str(value)} if special else value
        case bytes():
            return {"bytes": value.hex()}
        case datetime():
            passed = value - _EPOCH
            return {"timestamp": [passed // timedelta(seconds=1), passed.microseconds * 1000]}
        case timedelta():
            return {"duration": [int(value / timedelta(seconds=1)), value.microseconds * 1000]}
        case list():
            return [answered(item) for item in value]
        case dict():
            if all(isinstance(key, str) for key in value):
                return {key: answered(item) for key, item in value.items()}
            return {"map": [[answered(key), answered(item)] for key, item in value.items()]}
        case _:
            return {"type": _TYPES.get(str(value), str(value).lower().partition("<")[0])}


_TYPES = {"NULL": "null_type", "TIMESTAMP": "google.protobuf.Timestamp", "DURATION": "google.protobuf.Duration"}


def answer(case: dict[str, Any]) -> dict[str, Any]:
    """Return what our evaluator makes of a case."""
    try:
        bindings = {name: given(value) for name, value in case["bindings"].items()}
        environment = Environment(dict.fromkeys(bindings, "dyn"))
        return {"value": answered(environment.compile(case["expr"], check=not case["no_check"]).eval(bindings))}
    except UsageError as error:
        return {"error": str(error)}


def main(args: list[str]) -> None:
    """Answer the cases; write the answers for the suite's scorer."""
    cases = json.loads(Path(args[0]).read_text(encoding="utf-8"))
    results = {case["id"]: answer(case) for case in cases if not case["needs"]}
    Path(args[1]).write_text(json.dumps(results), encoding="utf-8")
    print(f"answered {len(results)}")


if __name__ == "__main__":
    main(sys.argv[1:])
