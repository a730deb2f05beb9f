"""Gatekeeper: constraint templates in Rego and CEL, constraints, and reviews with an inventory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secloop.model.base import Value
from secloop.model.errors import UsageError
from secloop.policy.rego.engine import Rules
from secloop.stages.deploy.kubernetes.matching import matches
from secloop.stages.deploy.kubernetes.validations import Checks, Judge, Validation

if TYPE_CHECKING:
    from collections.abc import Iterable

_ANY_OBJECT = "has(request.operation) && request.operation == 'DELETE' ? oldObject : object"


class Template(Value):
    """A ConstraintTemplate: the kind of its constraints and what they check, in Rego, CEL or both."""

    kind: str
    rego: str = ""
    libs: tuple[str, ...] = ()
    checks: Checks | None = None


def template_of(document: dict[str, Any]) -> Template:
    """Return a ConstraintTemplate. Raises: UsageError if it is none."""
    try:
        spec = document["spec"]
        kind, checks = str(spec["crd"]["spec"]["names"]["kind"]), None
        rego, libs = "", []  # type: str, list[str]
        for target in spec["targets"]:
            rego, libs = target.get("rego") or rego, target.get("libs") or libs
            for code in target.get("code") or ():
                source = code.get("source") or {}
                if code.get("engine") == "Rego":
                    rego, libs = source.get("rego") or rego, source.get("libs") or libs
                elif code.get("engine") == "K8sNativeValidation":
                    checks = _checks(source)
    except (KeyError, TypeError, AttributeError) as error:
        raise UsageError("not a ConstraintTemplate", "Give it spec.crd and spec.targets") from error
    return Template(kind=kind, rego=rego, libs=tuple(libs), checks=checks)


def _checks(source: dict[str, Any]) -> Checks:
    own = tuple((str(one["name"]), str(one["expression"])) for one in source.get("variables") or ())
    return Checks(
        validations=tuple(
            Validation(
                expression=str(one["expression"]),
                message=str(one.get("message") or ""),
                message_expression=str(one.get("messageExpression") or ""),
            )
            for one in source.get("validations") or ()
        ),
        conditions=tuple(str(one["expression"]) for one in source.get("matchConditions") or ()),
        variables=(("params", "params"), ("anyObject", _ANY_OBJECT), *own),
    )


def review_of(item: dict[str, Any]) -> dict[str, Any]:
    """Return the review of an object, or the request of an AdmissionReview."""
    if item.get("kind") == "AdmissionReview" and isinstance(item.get("request"), dict):
        return dict(item["request"])
    group, _, version = str(item.get("apiVersion") or "").rpartition("/")
    meta = item.get("metadata") or {}
    review: dict[str, Any] = {
        "kind": {"group": group, "version": version, "kind": item.get("kind", "")},
        "name": meta.get("name", ""),
        "object": item,
    }
    if meta.get("namespace"):
        review["namespace"] = meta["namespace"]
    return review


def inventory_of(items: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return objects as `data.inventory`: by namespace, version, kind and name."""
    out: dict[str, Any] = {"cluster": {}, "namespace": {}}
    for item in items:
        meta = item.get("metadata") or {}
        scope = out["namespace"].setdefault(meta["namespace"], {}) if meta.get("namespace") else out["cluster"]
        kinds = scope.setdefault(item.get("apiVersion", ""), {})
        kinds.setdefault(item.get("kind", ""), {})[meta.get("name", "")] = item
    return out


class Constraint:
    """A constraint with its template, ready to review objects."""

    def __init__(self, template: Template, document: dict[str, Any], inventory: dict[str, Any] | None = None) -> None:
        """Load the template's code. `cel` is preferred by `review` where there is no Rego. Raises: UsageError."""
        spec = document.get("spec") or {}
        self.template = template
        self.match: dict[str, Any] = spec.get("match") or {}
        self.parameters: dict[str, Any] = spec.get("parameters") or {}
        self._inventory = inventory or {}
        self._rules: Rules | None = None
        self._judge: Judge | None = None

    def review(self, review: dict[str, Any], *, cel: bool = False) -> tuple[str, ...]:
        """Return the messages of what a review violates; none where the constraint does not match. Raises: UsageError.

        `cel` asks the CEL form where there are both.
        """
        if not matches(self.match, review):
            return ()
        if self.template.checks is not None and (cel or not self.template.rego):
            return self._by_cel(self.template.checks, review)
        return self._by_rego(review)

    def _by_rego(self, review: dict[str, Any]) -> tuple[str, ...]:
        if self._rules is None:
            libs = [(f"{self.template.kind}/lib{n}.rego", source) for n, source in enumerate(self.template.libs)]
            modules = [(f"{self.template.kind}.rego", self.template.rego), *libs]
            self._rules = Rules(modules, {"inventory": self._inventory})
        rule = f"{self._rules.packages[0]}.violation"
        found = self._rules.ask(rule, {"review": review, "parameters": self.parameters}) or []
        return tuple(str(one.get("msg", one) if isinstance(one, dict) else one) for one in found)

    def _by_cel(self, checks: Checks, review: dict[str, Any]) -> tuple[str, ...]:
        self._judge = self._judge or Judge()
        values = {
            "object": review.get("object"),
            "oldObject": review.get("oldObject"),
            "request": {**review, "operation": review.get("operation") or "CREATE"},
            "params": self.parameters,
        }
        if not self._judge.applies(checks, values):
            return ()
        return self._judge.failures(checks, values)
