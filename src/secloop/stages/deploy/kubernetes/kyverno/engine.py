"""Kyverno's rules judged on one object: pass, fail, skip, or an error that says what we cannot do."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from secloop.model.base import Value
from secloop.model.errors import UsageError
from secloop.policy.cel_values import EvaluationError
from secloop.stages.deploy.kubernetes.kyverno import autogen, patterns
from secloop.stages.deploy.kubernetes.kyverno.constraints import constrained
from secloop.stages.deploy.kubernetes.kyverno.selecting import selected
from secloop.stages.deploy.kubernetes.validations import Checks, Judge, Validation

_VARIABLE = "{{"


class Outcome(StrEnum):
    """What a rule says of an object."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    SKIP = "skip"


class Verdict(Value):
    """An outcome with the messages of what failed."""

    outcome: Outcome
    messages: tuple[str, ...] = ()


SKIPPED = Verdict(outcome=Outcome.SKIP)
PASSED = Verdict(outcome=Outcome.PASS)


class Unsupported(UsageError):  # noqa: N818 - says what the rule needs
    """A rule needs something that is not there, or that this engine does not have."""


class Engine:
    """Judges objects by ClusterPolicy, Policy, ValidatingPolicy and ValidatingAdmissionPolicy."""

    def __init__(self) -> None:
        """Prepare the CEL environment. Raises: MissingExtraError."""
        self._judge = Judge()

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
        """Return the verdict of a ValidatingPolicy or ValidatingAdmissionPolicy on an object. Raises: UsageError."""
        spec = policy.get("spec") or {}
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
        wanted = [validate["pattern"]] if "pattern" in validate else validate.get("anyPattern")
        if not wanted or _needs_variables(rule):
            raise Unsupported("the rule needs variables, conditions or loops", "Judge it with Kyverno")
        return _by_pattern(wanted, item, str(validate.get("message") or ""))

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


def _needs_variables(rule: dict[str, Any]) -> bool:
    """Return whether a rule has a context or preconditions, or reads a variable in its pattern."""
    if rule.get("context") or rule.get("preconditions"):
        return True
    validate = {key: value for key, value in (rule.get("validate") or {}).items() if key != "message"}
    return _VARIABLE in str(validate)


def _by_pattern(wanted: list[Any], item: dict[str, Any], message: str) -> Verdict:
    """Return the verdict of patterns of which one has to fit."""
    skipped, paths = 0, []
    for pattern in wanted:
        try:
            patterns.fits(pattern, item)
        except patterns.Skip:
            skipped += 1
        except patterns.Mismatch as mismatch:
            paths.append(str(mismatch))
        else:
            return PASSED
    if skipped and not paths:
        return SKIPPED
    return Verdict(outcome=Outcome.FAIL, messages=(f"{message} ({', '.join(paths)})".strip(),))
