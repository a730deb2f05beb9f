"""Patterns find what they mean, and nothing that only looks like it."""

from __future__ import annotations

import pytest

from secloop.stages.test.sast.fronts import front_of
from secloop.stages.test.sast.languages import LANGUAGES
from secloop.stages.test.sast.pattern.parse import UnreadablePatternError, parse
from secloop.stages.test.sast.semgrep.evaluate import File


def lines(language: str, pattern: str, code: str) -> list[int]:
    """Return the lines on which a pattern matches begin."""
    front = front_of(language)
    assert front is not None
    file = File(code.encode(), front)
    return sorted({code[: r.start].count("\n") + 1 for r in file.found(parse(pattern, front))})


CASES = {
    "a call with any arguments": ("python", "run(...)", "run()\nrun(1, a=2)\nother(1)\n", [1, 2]),
    "an argument by name stands anywhere": (
        "python",
        "f(..., debug=True, ...)",
        "f(1, debug=True)\nf(debug=False)\n",
        [1],
    ),
    "a name that an import made": (
        "python",
        "os.system(...)",
        "from os import system as s\ns('a')\nsystem('b')\n",
        [2],
    ),
    "an import in a function holds there alone": (
        "python",
        "sys.exit(...)",
        "def a():\n    from sys import exit\n    exit(1)\n\ndef b():\n    exit(2)\n",
        [3],
    ),
    "the same metavariable is the same text": ("python", "$X == $X", "a == a\na == b\n", [1]),
    "a constant is looked through": ("python", 'f("...")', "x = 'a'\nf(x)\nf(y)\n", [2]),
    "a branch leaves no constant": ("python", 'f("...")', "def g(c):\n    if c:\n        x = 'a'\n    f(x)\n", []),
    "statements with a gap": ("python", "$F = open(...)\n...\n$F.close()", "a = open('b')\nprint(1)\na.close()\n", [1]),
    "a gap reaches into blocks": ("python", "a()\n...\nb()", "a()\nif c:\n    b()\n", [1]),
    "a regex over a string": ("python", 'f("=~/^http:/")', "f('http://a')\nf('https://a')\n", [1]),
    "a decorator is there with or without a call": (
        "python",
        "@route\ndef $F(...): ...",
        "@route\ndef a(): pass\n@route(1)\ndef b(): pass\n",
        [1],
    ),
    "deep within a condition": (
        "python",
        "if <... bad() ...>:\n    ...",
        "if a and not bad():\n    pass\nif a:\n    pass\n",
        [1],
    ),
    "parts of a dictionary": ("python", "{..., 'a': $V, ...}", "x = {'b': 1, 'a': 2}\ny = {'b': 1}\n", [1]),
    "an f-string with a hole": ("python", 'f"...{$X}..."', "f'a{b}'\n'a'\n", [1]),
    "operands in any order": ("python", "A | B", "x = B | A\ny = A | C\n", [1]),
    "part of an object": ("javascript", "f({secure: false})", "f({a: 1, secure: false});\nf({secure: true});\n", [1]),
    "what require gives": (
        "javascript",
        "child_process.exec(...)",
        "const { exec: e } = require('child_process');\ne('a');\nexec('b');\n",
        [2],
    ),
    "var is let and const too": ("javascript", "var $X = 1", "let a = 1;\nconst b = 1;\nlet c = 2;\n", [1, 2]),
    "a template with a hole": ("javascript", "`...${$X}...`", "a = `b${c}`;\nd = 'e';\n", [1]),
    "an element with an attribute": ("typescript", "<$TAG href={$X} />", "", []),
    "a typed receiver": (
        "java",
        "(Statement $S).execute($Q)",
        "class A { void a(Statement s, Other o) {\n s.execute(q);\n o.execute(q);\n} }\n",
        [2],
    ),
    "a class by its full name": (
        "java",
        "java.util.Random.$F(...)",
        "import java.util.Random;\nclass A { void a() {\n Random.f();\n Other.f();\n} }\n",
        [3],
    ),
    "a method by its annotation": (
        "java",
        "@Get(...) $T $M(...) { ... }",
        'class A {\n @Get("/a") String a() { return b; }\n String b() { return c; }\n}\n',
        [2],
    ),
    "a literal's field": (
        "go",
        "tls.Config{..., Skip: true, ...}",
        "package a\nvar x = tls.Config{Min: 1, Skip: true}\n",
        [2],
    ),
    "a short declaration is an assignment": ("go", "$X = f()", "package a\nfunc g() {\n\tx := f()\n}\n", [3]),
}


@pytest.mark.parametrize("name", CASES)
def test_a_pattern_finds_the_lines_that_it_means(name: str) -> None:
    language, pattern, code, expected = CASES[name]
    assert lines(language, pattern, code) == expected


@pytest.mark.parametrize("language", [name for name in LANGUAGES if name != "html"])
def test_a_pattern_that_is_no_program_is_refused(language: str) -> None:
    front = front_of(language)
    assert front is not None
    with pytest.raises(UnreadablePatternError):
        parse(")) ((", front)


def test_a_deep_expression_costs_no_stack() -> None:
    code = "x = " + "(" * 5_000 + "1" + ")" * 5_000 + "\nrun()\n"
    assert 2 in lines("python", "run()", code) or lines("python", "run()", code) == []


def test_a_long_chain_of_branches_is_walked() -> None:
    code = "def f(x):\n    if x == 0:\n        a = 1\n" + "".join(
        f"    elif x == {i}:\n        a = {i}\n" for i in range(1, 900)
    )
    assert lines("python", "$A == 7", code) != []
