"""Kyverno's rules judged on one object: pass, fail, skip, or an error that says what we cannot do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secloop.model.errors import UsageError
from secloop.policy.cel_values import EvaluationError
from secloop.stages.deploy.kubernetes.kyverno import autogen, native
from secloop.stages.deploy.kubernetes.kyverno.constraints import constrained
from secloop.stages.deploy.kubernetes.kyverno.selecting import selected
from secloop.stages.deploy.kubernetes.kyverno.verdicts import PASSED, SKIPPED, Outcome, UnsupportedError, Verdict
from secloop.stages.deploy.kubernetes.validations import Checks, Judge, Validation

if TYPE_CHECKING:
    from collections.abc import Mapping


_CHECKING = {"ValidatingPolicy", "NamespacedValidatingPolicy", "ValidatingAdmissionPolicy"}


class Engine:
    """Judges objects by ClusterPolicy, Policy, ValidatingPolicy and ValidatingAdmissionPolicy."""

    def __init__(self, given: Mapping[str, Any] | None = None) -> None:
        """Prepare the CEL environment; `given` are values of variables. Raises: MissingExtraError."""
        self._judge = Judge()
        self._given = dict(given or {})

    def rule(self, policy: dict[str, Any], name: str, item: dict[str, Any]) -> Verdict:
        """Return the verdict of a rule of a ClusterPolicy or Policy, by name, on an object.

        A rule about pods is judged on the pod that a controller makes. Raises: UsageError, Unsupported among them.
        """
        bare = name.removeprefix("autogen-").removeprefix("cronjob-") if name.startswith("autogen-") else name
        rules = (policy.get("spec") or {}).get("rules") or ()
        rule = next((one for one in rules if one.get("name") in (name, bare)), None)
        if rule is None:
            raise UsageError(f'there is no rule "{name}"', "Name one of the policy's rules")
        subject = _subject(policy, rule, item)
        if subject is None or not selected(rule, subject):
            return SKIPPED
        return self._validate(rule, subject)

    def policy(self, policy: dict[str, Any], item: dict[str, Any]) -> Verdict:
        """Return the verdict of a ValidatingPolicy or ValidatingAdmissionPolicy on an object. Raises: UsageError.

        A policy of another kind, which changes or makes objects, is refused: that it has nothing to check is no pass.
        """
        spec = policy.get("spec") or {}
        if policy.get("kind") not in _CHECKING or not spec.get("validations"):
            raise UnsupportedError(f"no validations: {policy.get('kind')}", "Judge it with Kyverno")
        subject = item
        if not constrained(spec.get("matchConstraints") or {}, item):
            pod = autogen.pod_of(item) if _makes(spec) else None
            if pod is None or not constrained(spec.get("matchConstraints") or {}, pod):
                return SKIPPED
            subject = pod
        checks = Checks(
            validations=_validations(spec.get("validations")),
            conditions=tuple(str(one.get("expression")) for one in spec.get("matchConditions") or ()),
            variables=_variables(spec.get("variables")),
        )
        return self._checked(checks, subject)

    def _validate(self, rule: dict[str, Any], item: dict[str, Any]) -> Verdict:
        validate = rule.get("validate") or {}
        cel = validate.get("cel")
        if cel:
            checks = Checks(
                validations=_validations(cel.get("expressions")),
                conditions=tuple(str(one.get("expression")) for one in rule.get("celPreconditions") or ()),
                variables=_variables(cel.get("variables")),
            )
            return self._checked(checks, item)
        return native.judge(rule, item, self._given)

    def _checked(self, checks: Checks, item: dict[str, Any]) -> Verdict:
        meta = item.get("metadata") or {}
        values = {
            "object": item,
            "request": {
                "operation": "CREATE",
                "name": meta.get("name", ""),
                "namespace": meta.get("namespace", ""),
                "kind": {"kind": item.get("kind", "")},
                "userInfo": {"username": "", "groups": []},
            },
            "namespaceObject": {"metadata": {"name": meta.get("namespace", "default"), "labels": {}}},
        }
        try:
            if not self._judge.applies(checks, values):
                return SKIPPED
            failed = self._judge.failures(checks, values)
        except EvaluationError as error:
            return Verdict(outcome=Outcome.FAIL, messages=(str(error),))
        return Verdict(outcome=Outcome.FAIL, messages=failed) if failed else PASSED


def _subject(policy: dict[str, Any], rule: dict[str, Any], item: dict[str, Any]) -> dict[str, Any] | None:
    """Return what a rule is judged on: the object, or the pod that it makes."""
    if autogen.is_for_pods(rule.get("match") or {}) and item.get("kind") in autogen.controllers(policy):
        return autogen.pod_of(item)
    return item


def _makes(spec: dict[str, Any]) -> bool:
    """Return whether a ValidatingPolicy is made for controllers too."""
    said = ((spec.get("autogen") or {}).get("podControllers") or {}).get("controllers")
    return said is None or bool(said)


def _validations(listed: Any) -> tuple[Validation, ...]:
    return tuple(
        Validation(
            expression=str(one.get("expression")),
            message=str(one.get("message") or ""),
            message_expression=str(one.get("messageExpression") or ""),
        )
        for one in listed or ()
    )


def _variables(listed: Any) -> tuple[tuple[str, str], ...]:
    return tuple((str(one.get("name")), str(one.get("expression"))) for one in listed or ())
