"""Terraform as it is meant: variables, instances, modules, documents, and what nobody knows yet."""

from __future__ import annotations

from typing import Any

import pytest

from stages.deploy.iac.terraform.modulekit import reading, resources


def attribute(expression: str, before: str = "") -> Any:
    found = resources(f'{before}\nresource "a_b" "c" {{\n  x = {expression}\n}}\n')["a_b.c"]
    return found.attrs.get("x", found.unknown)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3", 7),
        ("10 % 4 == 2", True),
        ('"a" == "a" && !false', True),
        ('"${1 + 1}-${true}"', "2-true"),
        ("[1, 2, 3][1]", 2),
        ('[for x in ["b", "a"] : upper(x)]', ["B", "A"]),
        ('[for k, v in {a = 1} : "${k}${v}"]', ["a1"]),
        ("[for x in [1, 2, 3] : x if x > 1]", [2, 3]),
        ('concat(["a"], ["b"])', ["a", "b"]),
        ('flatten([["a"], [["b"]]])', ["a", "b"]),
        ('join(",", sort(["b", "a"]))', "a,b"),
        ('format("%s-%03d", "x", 7)', "x-007"),
        ('cidrsubnet("10.0.0.0/16", 8, 3)', "10.0.3.0/24"),
        ('element(["a", "b"], 3)', "b"),
        ('try(local.nothing, "fallback")', "fallback"),
        ('lookup({a = "b"}, "z", "d")', "d"),
        ('coalesce("", null, "z")', "z"),
        ("length(toset([1, 1, 2]))", 2),
        ('replace("a.b", ".", "-")', "a-b"),
        ('base64decode(base64encode("x"))', "x"),
        ("min(3, 1, 2)", 1),
        ('"true"', True),
        ('trimprefix("abc", "a")', "bc"),
        ("one([])", ("x",)[1:]),
    ],
)
def test_expressions_have_values(expression: str, value: Any) -> None:
    assert attribute(expression) == value


@pytest.mark.parametrize(
    "expression",
    [
        "var.nothing",
        "data.aws_ami.x.id",
        "aws_vpc.nowhere.id",
        "uuid()",
        "var.nothing ? 1 : 2",
        "local.circle",
        "1 / 0",
        'regex("(a+)+$", "aaaaaaaaaaaaaaaaaaaa!")',
        "range(100000000)",
        "module.far.id",
    ],
)
def test_what_nobody_knows_is_unknown_and_not_absent(expression: str) -> None:
    before = 'locals {\n  circle = local.circle\n}\nmodule "far" {\n  source = "registry/x/y"\n}\n'
    assert attribute(expression, before) == ("x",)


def test_a_text_that_is_known_in_part_keeps_its_source_elsewhere() -> None:
    assert attribute('"arn:aws:s3:::${var.name}/*"') == "arn:aws:s3:::${var.name}/*"


def test_variables_come_from_files_before_defaults() -> None:
    files = {
        "main.tf": (
            'variable "a" {\n  default = 1\n}\nvariable "b" {\n  default = 2\n'
            '}\nresource "a_b" "c" {\n  x = var.a\n  y = var.b\n}\n'
        ),
        "terraform.tfvars": "a = 5\n",
        "z.auto.tfvars": "a = 6\n",
    }
    assert reading(files).resources[0].attrs == {"x": 6, "y": 2}


def test_count_and_for_each_make_instances() -> None:
    found = resources(
        'resource "a_b" "n" {\n  count = 2\n  x = count.index\n}\n'
        'resource "a_b" "m" {\n  for_each = toset(["k"])\n  x = each.value\n}\n'
        'resource "a_b" "none" {\n  count = 0\n}\n'
        'resource "a_b" "some" {\n  count = var.many\n}\n'
    )
    assert list(found) == ['a_b.m["k"]', "a_b.n[0]", "a_b.n[1]", "a_b.some"]
    assert found["a_b.n[1]"].attrs == {"x": 1}
    assert found['a_b.m["k"]'].attrs == {"x": "k"}


def test_dynamic_blocks_are_blocks() -> None:
    found = resources(
        'resource "a_b" "c" {\n  dynamic "rule" {\n    for_each = [22, 80]\n'
        "    content {\n      port = rule.value\n    }\n  }\n"
        '  dynamic "other" {\n    for_each = var.x\n    content {}\n  }\n}\n'
    )["a_b.c"]
    assert found.attrs == {"rule": [{"port": 22}, {"port": 80}], "other": []}
    assert found.unknown == ("other[]",)


def test_modules_are_called_for_each_instance_with_their_outputs() -> None:
    found = resources(
        'module "m" {\n  source = "./modules/m"\n  for_each = {a = true, b = false}\n  on = each.value\n}\n'
        'module "n" {\n  source = "./modules/m"\n  on = true\n}\nresource "a_b" "c" {\n  x = module.n.on\n}\n',
        modules__m__main=(
            'variable "on" {}\nresource "a_b" "inner" {\n  x = var.on\n}\noutput "on" {\n  value = var.on\n}\n'
        ),
    )
    assert found['module.m["a"].a_b.inner'].attrs == {"x": True}
    assert found['module.m["b"].a_b.inner'].attrs == {"x": False}
    assert found["module.n.a_b.inner"].file == "modules/m/main.tf"
    assert found["a_b.c"].attrs == {"x": True}


def test_a_module_that_calls_itself_is_one_clear_problem() -> None:
    found = reading({"main.tf": 'resource "a_b" "c" {}\nmodule "m" {\n  source = "./."\n}\n'})
    assert [one.address for one in found.resources] == ["a_b.c", "module.m"]
    assert found.problems == {"main.tf": ("module m calls itself", 0.95)}


def test_a_path_never_leaves_the_root() -> None:
    found = resources(
        'module "m" {\n  source = "../../etc"\n}\nresource "a_b" "c" {\n  x = file("../../../etc/passwd")\n}\n'
    )
    assert found["a_b.c"].unknown == ("x",)


def test_policy_documents_are_rendered() -> None:
    found = resources(
        'data "aws_iam_policy_document" "d" {\n  statement {\n    actions = ["s3:*"]\n    resources = ["*"]\n'
        '    principals {\n      type = "AWS"\n      identifiers = ["*"]\n    }\n  }\n}\n'
        'resource "aws_iam_policy" "p" {\n  policy = data.aws_iam_policy_document.d.json\n}\n'
    )["aws_iam_policy.p"]
    assert found.attrs["policy"]["Statement"] == [
        {"Action": ["s3:*"], "Resource": ["*"], "Effect": "Allow", "Principal": {"AWS": ["*"]}}
    ]


def test_policies_in_texts_are_read_and_made_even() -> None:
    found = resources(
        'resource "aws_iam_policy" "p" {\n  policy = <<EOF\n'
        '{"Statement": {"Action": "*", "Principal": "*", "Resource": "${var.r}"},}\nEOF\n}\n'
    )["aws_iam_policy.p"]
    assert found.attrs["policy"]["Statement"] == [
        {"Action": ["*"], "Principal": {"AWS": ["*"]}, "Resource": ["${var.r}"]}
    ]


def test_the_json_syntax_says_the_same() -> None:
    files = {
        "main.tf.json": (
            '{\n "variable": {"a": {"default": "x"}},\n "resource": {"a_b": {"c": {\n'
            '  "name": "${var.a}-1",\n  "rule": {"port": 22},\n  "tags": {"k": "v"}}}}\n}\n'
        )
    }
    found = reading(files).resources[0]
    assert (found.address, found.line) == ("a_b.c", 3)
    assert found.attrs == {"name": "x-1", "rule": [{"port": 22}], "tags": {"k": "v"}}
    assert found.at("name").first == 4


def test_json_that_is_none_is_one_problem() -> None:
    found = reading({"main.tf.json": '{"resource": '})
    assert not found.resources
    assert found.problems["main.tf.json"][1] == 0.0


def test_places_are_those_of_attributes() -> None:
    found = resources('resource "a_b" "c" {\n  x = 1\n  block {\n    y = 2\n  }\n  block {\n    y = 3\n  }\n}\n')[
        "a_b.c"
    ]
    assert found.at("x").first == 2
    assert found.at("block[1].y").first == 7
    assert found.at("block[1].z").first == 6
    assert found.at("nothing").first == 1


def test_a_broken_file_is_told_with_its_line_and_share() -> None:
    found = reading({"main.tf": 'resource "a_b" "c" {\n  x = = 1\n}\nresource "a_b" "d" {}\n'})
    assert [one.address for one in found.resources] == ["a_b.d"]
    reason, share = found.problems["main.tf"]
    assert reason.startswith("line 2:")
    assert 0 < share < 1


def test_loops_within_loops_end() -> None:
    many = "[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : c]]]"
    found = reading({"main.tf": f'resource "a_b" "c" {{\n  x = {many}\n}}\n'})
    assert found.problems["main.tf"][0] == "evaluating takes too many steps"
