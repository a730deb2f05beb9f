"""The data source `aws_iam_policy_document` as the policy it renders (registry.terraform.io, hashicorp/aws)."""

from __future__ import annotations

import json
from typing import Any

from secloop.resources.values import Json, Unknown

DOCUMENT = "aws_iam_policy_document"

_NAMES = (
    ("sid", "Sid"),
    ("effect", "Effect"),
    ("actions", "Action"),
    ("not_actions", "NotAction"),
    ("resources", "Resource"),
    ("not_resources", "NotResource"),
)


def rendered(attrs: dict[str, Any]) -> Json:
    """Return the policy of a document's attributes; statements of the policies that it builds upon come first."""
    statements: list[Any] = []
    for name in ("source_json", "source_policy_documents", "override_policy_documents", "override_json"):
        value = attrs.get(name)
        for one in value if isinstance(value, list) else [value]:
            statements += _inherited(one)
    own = attrs.get("statement", [])
    own = own if isinstance(own, list) else [own]
    statements += [one if isinstance(one, Unknown) else _statement(one) for one in own]
    return Json({"Version": attrs.get("version") or "2012-10-17", "Statement": statements})


def _inherited(policy: Any) -> list[Any]:
    if isinstance(policy, str):
        try:
            policy = json.loads(policy)
        except (ValueError, RecursionError):
            return []
    if isinstance(policy, Json):
        policy = policy.value
    if isinstance(policy, Unknown):
        return [policy]
    found = policy.get("Statement", []) if isinstance(policy, dict) else []
    return found if isinstance(found, list) else [found]


def _statement(block: Any) -> dict[str, Any]:
    if not isinstance(block, dict):
        return {}
    out: dict[str, Any] = {new: block[old] for old, new in _NAMES if block.get(old) is not None}
    out.setdefault("Effect", "Allow")
    for name, key in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
        if block.get(name):
            out[key] = _principals(block[name])
    conditions: dict[str, Any] = {}
    for one in _blocks(block.get("condition")):
        test, variable = one.get("test"), one.get("variable")
        if isinstance(test, str) and isinstance(variable, str):
            conditions.setdefault(str(test), {})[str(variable)] = one.get("values", [])
        else:
            conditions["Unknown"] = one.get("values", [])
    if conditions:
        out["Condition"] = conditions
    return out


def _principals(value: Any) -> Any:
    if isinstance(value, Unknown):
        return value
    out: dict[str, list[Any]] = {}
    for one in _blocks(value):
        kind, names = one.get("type"), one.get("identifiers", [])
        names = names if isinstance(names, list) else [names]
        out.setdefault("AWS" if kind == "*" or not isinstance(kind, str) else str(kind), []).extend(names)
    return out


def _blocks(value: Any) -> list[dict[str, Any]]:
    found = value if isinstance(value, list) else [value]
    return [one for one in found if isinstance(one, dict)]
