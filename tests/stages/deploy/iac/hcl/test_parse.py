"""HCL's native syntax: what is read, where it stands, and what a broken block costs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.deploy.iac.hcl import syntax
from secloop.stages.deploy.iac.hcl.parse import parse, parse_expression


def test_attributes_and_blocks_know_their_lines() -> None:
    text = (
        'resource "aws_s3_bucket" "b" {\n  bucket = "x"\n  tags = {\n'
        "    a = 1\n  }\n\n  versioning {\n    enabled = true\n  }\n}\n"
    )
    document = parse(text, "main.tf")
    block = document.body.blocks[0]
    assert (block.type, block.labels, block.line, block.end_line) == ("resource", ("aws_s3_bucket", "b"), 1, 10)
    assert [(one.name, one.line, one.end_line) for one in block.body.attributes.values()] == [
        ("bucket", 2, 2),
        ("tags", 3, 5),
    ]
    inner = block.body.blocks[0]
    assert (inner.type, inner.line, inner.end_line) == ("versioning", 7, 9)
    assert document.share == 1.0


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1 + 2 * 3", syntax.Binary),
        ("!a", syntax.Unary),
        ("a ? b : c", syntax.Conditional),
        ("[for x in y : x if x]", syntax.For),
        ("{for k, v in y : k => v...}", syntax.For),
        ("f(a, b...)", syntax.Call),
        ("a.b[0].c", syntax.GetAttr),
        ("a.*.c", syntax.Splat),
        ("a[*].c", syntax.Splat),
        ('"x${a}y"', syntax.Template),
        ("provider::x::f(1)", syntax.Call),
        ('{a = 1, "b" : 2}', syntax.ObjectOf),
        ("[1,\n 2,\n]", syntax.ListOf),
    ],
)
def test_every_form_of_expression_is_read(text: str, kind: type[syntax.Expression]) -> None:
    assert isinstance(parse_expression(text), kind)


def test_operators_bind_as_the_specification_says() -> None:
    found = parse_expression("a || b && c == d + e * f")
    assert isinstance(found, syntax.Binary)
    assert found.operator == "||"
    assert isinstance(found.right, syntax.Binary)
    assert found.right.operator == "&&"


def test_heredocs_are_templates_and_may_be_indented() -> None:
    text = "a = <<-EOT\n    one\n      two ${x}\n  EOT\nb = 1\n"
    body = parse(text, "x.tf").body
    value = body.attributes["a"].value
    assert isinstance(value, syntax.Template)
    assert value.parts[0] == "one\n  two "
    assert body.attributes["b"].line == 5


def test_escapes_are_read() -> None:
    assert parse_expression(r'"a\n\"\u0041$${x}"') == syntax.Literal('a\n"A${x}')


def test_a_broken_block_costs_itself_alone() -> None:
    text = 'resource "a" "one" {\n  x = = 1\n}\n\nresource "a" "two" {\n  y = 1\n}\n'
    document = parse(text, "main.tf")
    assert [block.labels[1] for block in document.body.blocks] == ["two"]
    assert [problem.line for problem in document.problems] == [2]
    assert 0 < document.share < 1


@pytest.mark.parametrize(
    "text",
    [
        "a = [",
        'a = "',
        "a {",
        "a = <<X\n",
        "x = " + "(" * 5_000,
        "x = " + "[" * 500 + "]" * 500,
        "= 1",
        "a = 1 2",
        "a b c",
    ],
)
def test_what_never_ends_or_is_no_hcl_is_a_problem_with_a_line(text: str) -> None:
    document = parse(text, "x.tf")
    assert len(document.problems) == 1
    assert document.problems[0].line >= 1
    assert document.share < 1


def test_a_long_chain_of_operators_is_read() -> None:
    assert not parse("a = " + " + ".join(["1"] * 200), "x.tf").problems


@given(st.text(alphabet='abc{}[]()"$%<>=!?:.,*/#\\\n -1', max_size=120))
def test_no_text_makes_it_raise(text: str) -> None:
    document = parse(text, "x.tf")
    assert 0.0 <= document.share <= 1.0
