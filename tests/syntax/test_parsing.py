"""Trees of programs: what can be parsed, where things stand, and the bounds that hold on any bytes."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secloop.syntax import parsing
from secloop.syntax.languages import GRAMMARS, language_of
from secloop.syntax.parsing import MAX_BYTES, MAX_DEPTH, TooLargeError, line_of, parse

SAMPLES = {
    "python": b"import os\n\nprint(os.name)\n",
    "javascript": b"const a = require('a')\n\na.b(<p/>)\n",
    "typescript": b"import a from 'a'\n\nconst b: string = <string>a.b\n",
    "tsx": b"import a from 'a'\n\nconst b = <p>{a.b}</p>\n",
    "go": b'package main\n\nimport "os"\n\nfunc main() { os.Exit(1) }\n',
    "java": b"import a.B;\n\nclass C { void d() { B.e(); } }\n",
}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a/b.py", "python"),
        ("b.PYI", "python"),
        ("c.mjs", "javascript"),
        ("d.ts", "typescript"),
        ("e.tsx", "tsx"),
        ("f.go", "go"),
        ("G.java", "java"),
        ("py", ""),
        ("a.py/readme", ""),
        ("h.rb", ""),
    ],
)
def test_a_language_is_told_by_the_name_of_a_file(path: str, name: str) -> None:
    assert language_of(path) == name


@pytest.mark.parametrize("name", sorted(GRAMMARS))
def test_a_sample_of_every_language_is_understood_as_a_whole(name: str) -> None:
    parsed = parse(SAMPLES[name], name)
    assert parsed.share == 1.0
    assert next(node.type for node in parsed.nodes()) == parsed.root.type
    assert parsed.text(parsed.root).strip() == SAMPLES[name].decode().strip()


def test_nodes_that_a_query_captures_stand_on_their_line() -> None:
    parsed = parse(SAMPLES["python"], "python")
    (call,) = parsed.captures("(call) @call")["call"]
    assert (line_of(call), parsed.text(call)) == (3, "print(os.name)")
    assert parsed.captures("(class_definition) @class") == {}


def test_what_is_not_understood_lessens_the_share_and_leaves_the_rest() -> None:
    parsed = parse(b"import os\n" * 50 + b"def ]]] ((( :::\n" + b"import re\n" * 50, "python")
    assert 0.5 < parsed.share < 1.0
    assert len(parsed.captures("(import_statement) @i")["i"]) > 90


def test_a_file_that_is_too_large_is_refused() -> None:
    with pytest.raises(TooLargeError, match="larger than 4 MB"):
        parse(b" " * (MAX_BYTES + 1), "python")


def test_time_is_bounded_and_the_parser_works_on(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        clock = iter(range(1_000_000))
        patch.setattr(parsing, "monotonic", lambda: next(clock))
        with pytest.raises(TooLargeError, match="took over 3 s"):
            parse(b"x = f(1)\n" * 10_000, "python", seconds=3)
    assert parse(b"x = 1\n", "python").share == 1.0


@pytest.mark.parametrize("opening", [b"(", b"[", b"{", b"a.b(", b"if x:\n "])
def test_depth_costs_no_depth_of_ours(opening: bytes) -> None:
    parsed = parse(opening * 5_000, "python")
    depths = sum(1 for _ in parsed.nodes())
    assert depths
    parsed.captures("(identifier) @i")


def test_nodes_nested_too_deeply_are_not_visited() -> None:
    depth = MAX_DEPTH * 2
    parsed = parse(b"[" * depth + b"x" + b"]" * depth, "python")
    assert parsed.share == 1.0
    assert "identifier" not in {node.type for node in parsed.nodes()}


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=300), name=st.sampled_from(sorted(GRAMMARS)))
def test_any_bytes_give_a_tree(data: bytes, name: str) -> None:
    parsed = parse(data, name)
    assert 0.0 <= parsed.share <= 1.0
    assert sum(1 for _ in parsed.nodes()) >= 1


def test_nothing_is_loaded_before_a_file_is_parsed() -> None:
    code = "import sys, secloop.syntax.parsing; print([m for m in sys.modules if m.startswith('tree_sitter')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
