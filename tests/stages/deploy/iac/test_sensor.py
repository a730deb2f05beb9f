"""The iac sensor within a scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from secloop.model.coverage import Partial
from secloop.model.finding import Suppression
from secloop.model.places import ResourceAddress, place_line
from secloop.rules import index
from secloop.scan.base import FileMeta, Settings
from secloop.scan.jobs import MemoryGroup
from secloop.scan.testing import observe, problems
from secloop.stages.deploy.iac.groups import groups, is_dockerfile
from secloop.stages.deploy.iac.sensor import IacSensor
from stages.deploy.iac.terraform.modulekit import reading, source

if TYPE_CHECKING:
    from secloop.rules.base import RuleSet
    from secloop.scan.collect import ScanResult

VOLUME = b'resource "aws_ebs_volume" "v" {\n  size = 1\n  encrypted = false\n}\n'


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return index.builtin().for_engine("cel")


def scan(rules: RuleSet, files: dict[str, bytes]) -> ScanResult:
    return observe([IacSensor()], files, rules=rules)


def test_a_finding_is_at_its_attribute_and_names_its_resource(rules: RuleSet) -> None:
    found = [
        one for one in scan(rules, {"main.tf": VOLUME}).findings if one.rule == "aws-storage-not-encrypted.ebs-volume"
    ]
    assert [one.place for one in found] == [
        ResourceAddress(address="aws_ebs_volume.v", attribute="encrypted", file="main.tf", line=3, end_line=3)
    ]
    assert found[0].identity == ("aws-storage-not-encrypted.ebs-volume", "aws_ebs_volume.v", "encrypted")


def test_of_several_blocks_the_bad_one_is_shown(rules: RuleSet) -> None:
    text = (
        b'resource "aws_security_group" "g" {\n  ingress {\n    from_port = 443\n    to_port = 443\n  }\n  ingress {\n'
        b'    from_port = 22\n    to_port = 22\n    cidr_blocks = ["0.0.0.0/0"]\n  }\n}\n'
    )
    found = [one for one in scan(rules, {"main.tf": text}).findings if one.rule == "aws-ssh-open.security-group"]
    assert [place_line(one.place) for one in found] == [6]


def test_a_broken_file_is_one_partial_and_the_rest_is_judged(rules: RuleSet) -> None:
    result = scan(rules, {"a/main.tf": b"resource {{{\n" * 3, "b/main.tf": VOLUME})
    assert [(gap.file, gap.outcome.value) for gap in result.gaps] == [("a/main.tf", "partial")]
    assert any(one.rule.startswith("aws-storage") for one in result.findings)


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("k/x.yaml", b"apiVersion: v1\nkind: Pod\nspec: ["),
        ("plan.json", b'{"format_version": "1.0", "terraform_version": "1.9", '),
        (".github/workflows/x.yml", b"jobs: [\n"),
        ("main.tf.json", b"{"),
    ],
)
def test_what_cannot_be_read_is_never_silent(rules: RuleSet, path: str, data: bytes) -> None:
    result = scan(rules, {path: data})
    assert [(gap.file, gap.share) for gap in result.gaps] == [(path, 0.0)]


def test_comments_of_other_tools_speak_for_the_block() -> None:
    text = (
        b'#tfsec:ignore:aws-ebs\nresource "aws_ebs_volume" "v" {\n  # checkov:skip=CKV_AWS_3:because\n  size = 1\n}\n'
    )
    found = reading({"main.tf": text.decode()}).suppressions
    assert [(one.tool, one.rules, one.first, one.last) for one in found if isinstance(one, Suppression)] == [
        ("tfsec", ("aws-ebs",), 2, 5),
        ("checkov", ("CKV_AWS_3",), 2, 5),
    ]


def test_modules_are_read_with_the_folder_that_calls_them() -> None:
    def meta(path: str, head: bytes = b"") -> FileMeta:
        return FileMeta(path=path, size=len(head), head=head)

    files = [
        meta("env/main.tf", b'module "a" {\n  source = "../modules/a"\n}'),
        meta("modules/a/main.tf", b'module "b" {\n  source = "../b"\n}'),
        meta("modules/b/main.tf"),
        meta("alone/main.tf"),
    ]
    found = {one.name: one.members for one in groups(files)}
    assert found == {
        "terraform:alone": ("alone/main.tf",),
        "terraform:env": ("env/main.tf", "modules/a/main.tf", "modules/b/main.tf"),
    }


def test_folders_that_call_each_other_in_a_circle_are_read_once() -> None:
    def meta(path: str, other: str) -> FileMeta:
        head = f'module "x" {{\n  source = "../{other}"\n}}'.encode()
        return FileMeta(path=path, size=len(head), head=head)

    assert [one.name for one in groups([meta("a/m.tf", "b"), meta("b/m.tf", "a")])] == ["terraform:a"]


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("Dockerfile", True),
        ("a/Dockerfile.prod", True),
        ("x.dockerfile", True),
        ("Containerfile", True),
        ("Dockerfile.md", False),
        ("docker.txt", False),
    ],
)
def test_dockerfiles_are_told_by_their_names(path: str, is_one: bool) -> None:
    assert is_dockerfile(path) is is_one


def test_the_sensor_is_well_behaved(rules: RuleSet) -> None:
    assert problems(IacSensor, "main.tf", VOLUME, rules=rules, repeats=False) == []


def test_a_partial_says_which_line(rules: RuleSet) -> None:
    sensor = IacSensor()
    sensor.configure(Settings(), rules)
    file = source("main.tf", "a = = 1\n")

    unit = MemoryGroup(next(iter(groups([file.meta]))), {"main.tf": file})
    said = [one for one in sensor.scan(unit) if isinstance(one, Partial)]
    assert [one.reason.partition(":")[0] for one in said] == ["line 1"]


def test_a_rule_that_cannot_be_asked_is_told_and_not_passed(rules: RuleSet) -> None:
    text = b'resource "aws_iam_role" "r" {\n  assume_role_policy = "everybody"\n}\n'
    (gap,) = scan(rules, {"main.tf": text}).gaps
    assert (gap.file, gap.outcome.value, gap.incomplete) == ("main.tf", "partial", False)
    assert "aws-role-trusts-everybody" in gap.reason
