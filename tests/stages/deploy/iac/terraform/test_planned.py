"""Plans and states as JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.errors import UnreadableError
from secloop.resources.normal import normalise
from secloop.stages.deploy.iac.terraform.planned import is_planned, planned


def plan() -> dict[str, Any]:
    bucket = {
        "address": "module.m.aws_s3_bucket.b",
        "mode": "managed",
        "type": "aws_s3_bucket",
        "values": {"bucket": "x"},
    }
    block = {
        "address": "aws_s3_bucket_acl.a[0]",
        "mode": "managed",
        "type": "aws_s3_bucket_acl",
        "index": 0,
        "values": {"acl": "private"},
    }
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": {"root_module": {"resources": [block], "child_modules": [{"resources": [bucket]}]}},
        "resource_changes": [{"address": block["address"], "change": {"after_unknown": {"bucket": True}}}],
        "configuration": {
            "root_module": {
                "resources": [
                    {
                        "address": "aws_s3_bucket_acl.a",
                        "expressions": {
                            "bucket": {"references": ["module.m.aws_s3_bucket.b.id", "module.m.aws_s3_bucket.b"]}
                        },
                    }
                ]
            }
        },
    }


def test_a_plan_gives_values_unknowns_and_links() -> None:
    found = {one.address: one for one in normalise(planned(json.dumps(plan(), indent=1).encode(), "plan.json"))}
    acl, bucket = found["aws_s3_bucket_acl.a[0]"], found["module.m.aws_s3_bucket.b"]
    assert acl.attrs == {"acl": "private"}
    assert acl.unknown == ("bucket",)
    assert acl.line > 1
    assert bucket.links == {"aws_s3_bucket_acl": ("aws_s3_bucket_acl.a[0]",)}


def test_a_state_gives_its_instances() -> None:
    state = {
        "version": 4,
        "terraform_version": "1.9.0",
        "resources": [
            {
                "module": "module.m",
                "mode": "managed",
                "type": "aws_ebs_volume",
                "name": "v",
                "instances": [{"index_key": "k", "attributes": {"encrypted": False}}],
            }
        ],
    }
    found = planned(json.dumps(state).encode(), "terraform.tfstate")
    assert [(one.address, one.attrs) for one in found] == [('module.m.aws_ebs_volume.v["k"]', {"encrypted": False})]


def test_plans_are_told_by_their_head() -> None:
    assert is_planned("x/plan.json", b'{"format_version":"1.2","terraform_version":"1.9.0"')
    assert is_planned("terraform.tfstate", b'{"version": 4, "terraform_version": "1.9.0"')
    assert not is_planned("package.json", b'{"name": "x"}')


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_told(data: bytes) -> None:
    with pytest.raises(UnreadableError):
        planned(data, "plan.json")


KEYS = ["resources", "values", "root_module", "planned_values", "address", "x"]
SHAPES = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(KEYS), inner),
)


@given(SHAPES)
def test_any_shape_of_json_is_read_without_harm(value: Any) -> None:
    assert isinstance(planned(json.dumps(value).encode(), "plan.json"), list)
