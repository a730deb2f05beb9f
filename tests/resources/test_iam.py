"""What policies let somebody do."""

from __future__ import annotations

from typing import Any

import pytest

from secloop.resources.iam import iam_risks


def policy(*statements: dict[str, Any]) -> list[str] | None:
    return iam_risks("aws_iam_policy", {"policy": {"Statement": list(statements)}})


def allow(*actions: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": [resource], **more}


@pytest.mark.parametrize(
    ("statement", "risk"),
    [
        (allow("iam:CreatePolicyVersion"), "escalation"),
        (allow("iam:PassRole", "ec2:RunInstances"), "escalation"),
        (allow("iam:*"), "escalation"),
        (allow("*"), "write"),
        (allow("sts:GetFederationToken"), "credentials"),
        (allow("ssm:Get*"), "exfiltration"),
        (allow("s3:PutBucketPolic?"), "permissions"),
        ({"Effect": "Allow", "NotAction": ["s3:*"], "Resource": ["*"]}, "escalation"),
    ],
)
def test_a_statement_without_limits_is_a_risk(statement: dict[str, Any], risk: str) -> None:
    assert risk in (policy(statement) or [])


@pytest.mark.parametrize(
    "statement",
    [
        allow("iam:PassRole"),
        allow("iam:CreatePolicyVersion", resource="arn:aws:iam::111122223333:policy/x"),
        allow("iam:CreatePolicyVersion", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        {"Effect": "Allow", "NotAction": ["iam:*", "lambda:*", "glue:*", "sagemaker:*", "ecs:*"], "Resource": ["*"]},
    ],
)
def test_a_limit_takes_the_way_to_more_rights(statement: dict[str, Any]) -> None:
    assert "escalation" not in (policy(statement) or [])


def test_a_denial_takes_away_what_is_allowed() -> None:
    assert policy(allow("s3:PutBucketPolicy"), {"Effect": "Deny", "Action": ["s3:*"], "Resource": ["*"]}) == [
        "any-resource"
    ]


def test_other_resources_are_no_policies() -> None:
    assert iam_risks("aws_s3_bucket", {}) is None


def test_many_wildcards_take_no_time() -> None:
    assert policy(allow("*" * 50_000 + "x")) == ["any-resource"]
