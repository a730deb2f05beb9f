"""What the policies of identities in AWS let somebody do: the harm that follows from effective statements.

A statement counts where it allows, on every resource and without a condition; wildcards and `NotAction` are worked out,
and what another statement denies everywhere is taken away. The tables hold actions of the service authorisation
reference whose abuse is known.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

ESCALATION: tuple[tuple[str, ...], ...] = (
    ("iam:createpolicyversion",),
    ("iam:setdefaultpolicyversion",),
    ("iam:createaccesskey",),
    ("iam:createloginprofile",),
    ("iam:updateloginprofile",),
    ("iam:attachuserpolicy",),
    ("iam:attachgrouppolicy",),
    ("iam:attachrolepolicy",),
    ("iam:putuserpolicy",),
    ("iam:putgrouppolicy",),
    ("iam:putrolepolicy",),
    ("iam:addusertogroup",),
    ("iam:updateassumerolepolicy", "sts:assumerole"),
    ("iam:passrole", "ec2:runinstances"),
    ("iam:passrole", "lambda:createfunction", "lambda:invokefunction"),
    ("iam:passrole", "glue:createdevendpoint"),
    ("iam:passrole", "cloudformation:createstack"),
    ("iam:passrole", "datapipeline:createpipeline", "datapipeline:putpipelinedefinition"),
    ("iam:passrole", "sagemaker:createnotebookinstance"),
    ("iam:passrole", "ecs:registertaskdefinition", "ecs:runtask"),
    ("lambda:updatefunctioncode",),
    ("glue:updatedevendpoint",),
)
"""Actions that together lead to more rights."""

CREDENTIALS = (
    "iam:createaccesskey", "iam:updateaccesskey", "iam:createloginprofile", "iam:updateloginprofile",
    "iam:createservicespecificcredential", "iam:resetservicespecificcredential", "sts:assumerole",
    "sts:assumerolewithsaml", "sts:assumerolewithwebidentity", "sts:getfederationtoken", "sts:getsessiontoken",
    "ec2:getpassworddata", "rds-db:connect", "redshift:getclustercredentials",
    "cognito-identity:getcredentialsforidentity", "codepipeline:pollforjobs", "gamelift:requestuploadcredentials",
    "lightsail:getinstanceaccessdetails", "sso:getrolecredentials", "chime:createapikey", "connect:getfederationtoken",
)  # fmt: skip
EXFILTRATION = (
    "s3:getobject", "ssm:getparameter", "ssm:getparameters", "ssm:getparametersbypath",
    "secretsmanager:getsecretvalue", "rds:copydbsnapshot", "rds:createdbsnapshot",
)  # fmt: skip
PERMISSIONS = (
    "iam:passrole", "iam:createrole", "iam:createuser", "iam:createpolicy", "iam:deletepolicy", "iam:putrolepolicy",
    "iam:attachrolepolicy", "iam:detachrolepolicy", "iam:updateassumerolepolicy", "iam:createaccesskey",
    "iam:createpolicyversion", "s3:putbucketpolicy", "s3:putbucketacl", "s3:putobjectacl", "s3:deletebucketpolicy",
    "s3:putbucketpublicaccessblock", "kms:creategrant", "kms:putkeypolicy", "lambda:addpermission",
    "sns:addpermission", "sqs:addpermission", "sqs:setqueueattributes", "sns:settopicattributes",
    "ecr:setrepositorypolicy", "secretsmanager:putresourcepolicy", "ec2:modifysnapshotattribute",
    "ec2:createnetworkinterfacepermission", "rds:authorizedbsecuritygroupingress", "es:createelasticsearchdomain",
    "glacier:setvaultaccesspolicy", "organizations:attachpolicy", "ram:createresourceshare",
)  # fmt: skip
WRITE = (
    "s3:putobject", "s3:deleteobject", "s3:createbucket", "s3:deletebucket", "dynamodb:putitem", "dynamodb:updateitem",
    "dynamodb:deleteitem", "dynamodb:deletetable", "ec2:terminateinstances", "ec2:runinstances", "ec2:createvolume",
    "lambda:createfunction", "lambda:updatefunctioncode", "lambda:deletefunction", "sqs:sendmessage", "sns:publish",
    "rds:deletedbinstance", "rds:modifydbinstance", "kms:scheduledkeydeletion", "kms:decrypt", "logs:deleteloggroup",
    "logs:createloggroup", "logs:putlogevents", "secretsmanager:putsecretvalue", "ssm:putparameter",
    "cloudformation:deletestack", "ecs:deletecluster", "eks:deletecluster", "iam:deleterole", "iam:createuser",
    "ec2:createsecuritygroup", "ec2:authorizesecuritygroupingress", "route53:changeresourcerecordsets",
)  # fmt: skip
_NAMED = {"credentials": CREDENTIALS, "exfiltration": EXFILTRATION, "permissions": PERMISSIONS, "write": WRITE}
_KINDS = frozenset({
    "aws_iam_policy", "aws_iam_role_policy", "aws_iam_user_policy", "aws_iam_group_policy",
    "aws_ssoadmin_permission_set_inline_policy", "data.aws_iam_policy_document",
})  # fmt: skip
_MOST_STATEMENTS = 500
_LONGEST = 100
_NEVER = re.compile(r"(?!)")


def iam_risks(type_: str, attrs: dict[str, Any]) -> list[str] | None:
    """Return what a policy lets somebody do, sorted; None for a resource that is no policy of an identity."""
    if type_ not in _KINDS:
        return None
    allowed: list[str] = []
    denied: list[str] = []
    excluded: list[list[str]] = []
    named = False
    for statement in _statements(attrs)[:_MOST_STATEMENTS]:
        actions, others = _texts(statement, "Action", "actions"), _texts(statement, "NotAction", "not_actions")
        resources = _texts(statement, "Resource", "resources")
        if (statement.get("Condition") or statement.get("condition")) or "*" not in resources:
            continue
        if str(statement.get("Effect", statement.get("effect", "Allow"))).lower() == "deny":
            denied += actions
            continue
        if _texts(statement, "Principal", "principals") or statement.get("Principal") or statement.get("principals"):
            continue
        allowed += actions
        excluded += [others] if others else []
        named = True
    found = {name for name, wanted in _NAMED.items() if any(_may(one, allowed, denied, excluded) for one in wanted)}
    if any(all(_may(one, allowed, denied, excluded) for one in group) for group in ESCALATION):
        found.add("escalation")
    if named:
        found.add("any-resource")
    return sorted(found)


def _statements(attrs: dict[str, Any]) -> list[dict[str, Any]]:
    policy = attrs.get("policy", attrs.get("inline_policy"))
    found = policy.get("Statement") if isinstance(policy, dict) else attrs.get("statement")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _texts(statement: dict[str, Any], *names: str) -> list[str]:
    for name in names:
        value = statement.get(name)
        if isinstance(value, list):
            return [one.lower() for one in value if isinstance(one, str)]
        if isinstance(value, str):
            return [value.lower()]
    return []


def _may(action: str, allowed: list[str], denied: list[str], excluded: list[list[str]]) -> bool:
    if any(_matches(pattern, action) for pattern in denied):
        return False
    if any(_matches(pattern, action) for pattern in allowed):
        return True
    return any(not any(_matches(pattern, action) for pattern in others) for others in excluded)


def _matches(pattern: str, action: str) -> bool:
    if "*" not in pattern and "?" not in pattern:
        return pattern == action
    return _compiled(pattern).fullmatch(action) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    """Return a pattern of actions; runs of wildcards are one, and no action has more than a hundred letters."""
    folded = re.sub(r"\*+", "*", pattern)
    if len(folded) > _LONGEST:
        return _NEVER
    return re.compile(re.escape(folded).replace(r"\*", ".*").replace(r"\?", "."))
