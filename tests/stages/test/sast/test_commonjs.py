"""What names of JavaScript stand for: imports, `require`, parts of both."""

from __future__ import annotations

import pytest

from secloop.stages.test.sast.fronts import front_of
from secloop.stages.test.sast.pattern.parse import parse
from secloop.stages.test.sast.semgrep.evaluate import File

MEANT = [
    'const { exec } = require("node:child_process");\nexec(line);',
    'import * as cp from "node:child_process";\ncp.exec(line);',
    'require("child_process").exec(line);',
    'const run = require("child_process").exec;\nrun(line);',
    'const run = promisify(require("child_process").exec);\nrun(line);',
    'import cp from "child_process";\nconst run = util.promisify(cp.exec);\nrun(line);',
    'const cp = require("child_process");\nconst { exec: run } = cp;\nrun(line);',
    'const cp = await require("child_process");\ncp.exec(line);',
]
OTHERS = [
    'const { exec } = require("./child_process_of_ours");\nexec(line);',
    'const cp = require("child_process");\nlet exec = cp.exec;\nexec = other;\nexec(line);',
    'require("child_process").execFile(line);',
    'const run = wrapped(require("child_process").exec);\nrun(line);',
    "require(name).exec(line);",
]


def found(pattern: str, code: str) -> list[str]:
    front = front_of("javascript")
    assert front is not None
    data = code.encode()
    return [data[r.start : r.end].decode() for r in File(data, front).found(parse(pattern, front))]


@pytest.mark.parametrize("code", MEANT)
def test_a_call_is_that_of_the_module_however_it_was_required(code: str) -> None:
    assert found("child_process.exec($X)", code) == [code.splitlines()[-1].rstrip(";")]


@pytest.mark.parametrize("code", OTHERS)
def test_a_call_of_something_else_is_not(code: str) -> None:
    assert found("child_process.exec($X)", code) == []


def test_a_part_of_a_package_is_named_by_dots_as_well() -> None:
    code = 'import { readFile } from "fs/promises";\nreadFile(name);'
    assert found("fs.promises.readFile($X)", code) == ["readFile(name)"]


def test_a_package_with_dashes_in_its_name_is_known_without_them() -> None:
    code = 'const quote = require("shell-quote").quote;\nquote(line);'
    assert found("shellQuote.quote($X)", code) == ["quote(line)"]
    assert found("shellQuote.quote($X)", 'const quote = require("./shell-quote").quote;\nquote(line);') == []
