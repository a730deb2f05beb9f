"""Kyverno's own rules: patterns, deny conditions, loops over elements, with variables and preconditions."""

from __future__ import annotations

from typing import Any

from secloop.model.errors import UsageError
from secloop.stages.deploy.kubernetes.kyverno import patterns
from secloop.stages.deploy.kubernetes.kyverno.conditions import hold
from secloop.stages.deploy.kubernetes.kyverno.expressions import Context, NotFound
from secloop.stages.deploy.kubernetes.kyverno.verdicts import PASSED, SKIPPED, Outcome, UnsupportedError, Verdict

MAX_ELEMENTS = 10_000
"""Elements of one loop."""


def judge(rule: dict[str, Any], item: dict[str, Any], given: dict[str, Any]) -> Verdict:
    """Return the verdict of a `validate` rule on an object; `given` are values of variables, by name or dotted name.

    Raises: UsageError for a variable or expression that is wrong, UnsupportedError for what is not done here.
    """
    context = _context(rule, item, given)
    if not hold(rule.get("preconditions"), context):
        return SKIPPED
    return _judged(rule.get("validate") or {}, item, context)


def _judged(validate: dict[str, Any], item: Any, context: Context) -> Verdict:
    message = str(validate.get("message") or "")
    if "foreach" in validate:
        return _each(validate["foreach"], context, message)
    if "deny" in validate:
        denied = hold((validate["deny"] or {}).get("conditions"), context)
        return Verdict(outcome=Outcome.FAIL, messages=(_shown(message, context),)) if denied else PASSED
    wanted = [validate["pattern"]] if "pattern" in validate else validate.get("anyPattern")
    if not wanted:
        raise UnsupportedError(f"no such validation here: {', '.join(sorted(validate))}", "Judge it with Kyverno")
    return _by_pattern([context.resolved(one) for one in wanted], item, _shown(message, context))


def _shown(message: str, context: Context) -> str:
    try:
        return str(context.resolved(message))
    except UsageError:
        return message


def _by_pattern(wanted: list[Any], item: Any, message: str) -> Verdict:
    """Return the verdict of patterns of which one has to fit."""
    skipped, paths = 0, []
    for pattern in wanted:
        try:
            patterns.fits(pattern, item)
        except patterns.Skip:
            skipped += 1
        except patterns.Mismatch as mismatch:
            paths.append(mismatch.what)
        else:
            return PASSED
    if skipped and not paths:
        return SKIPPED
    return Verdict(outcome=Outcome.FAIL, messages=(f"{message} ({', '.join(paths)})".strip(),))


def _each(loops: list[dict[str, Any]], context: Context, message: str) -> Verdict:
    """Return the verdict of loops: a failure of any element fails, and without any verdict the rule says nothing."""
    applied = 0
    for loop in loops:
        found = context.search(str(loop.get("list") or ""))
        elements = list(found.values()) if isinstance(found, dict) else found
        if isinstance(elements, list) and len(elements) > MAX_ELEMENTS:
            raise UnsupportedError(f"a loop over more than {MAX_ELEMENTS} elements", "Judge it with Kyverno")
        for number, element in enumerate(elements if isinstance(elements, list) else ()):
            inner = Context({**context.values, "element": element, "elementIndex": number})
            _add(inner, loop.get("context") or (), {})
            if not hold(loop.get("preconditions"), inner):
                continue
            verdict = (
                _judged({"message": message, **loop}, element, inner)
                if "foreach" not in loop
                else _each(loop["foreach"], inner, message)
            )
            if verdict.outcome is Outcome.FAIL:
                return verdict
            applied += verdict.outcome is Outcome.PASS
    return PASSED if applied else SKIPPED


def _context(rule: dict[str, Any], item: dict[str, Any], given: dict[str, Any]) -> Context:
    meta = item.get("metadata") or {}
    request = {
        "object": item,
        "operation": "CREATE",
        "namespace": meta.get("namespace", ""),
        "name": meta.get("name", ""),
        "kind": {"kind": item.get("kind", "")},
        "userInfo": {},
        "roles": [],
        "clusterRoles": [],
    }
    context = Context({"request": request, "serviceAccountName": "", "images": _images(item)})
    for name, value in given.items():
        _put(context.values, name, value)
    _add(context, rule.get("context") or (), given)
    return context


def _put(values: dict[str, Any], name: str, value: Any) -> None:
    """Set a value by its dotted name."""
    *path, last = name.split(".")
    for part in path:
        inner = values.get(part)
        values[part] = values = dict(inner) if isinstance(inner, dict) else {}
    values[last] = value


def _add(context: Context, entries: Any, given: dict[str, Any]) -> None:
    """Add a rule's context. What would be asked of a cluster has to be given. Raises: UnsupportedError."""
    for entry in entries:
        name = str(entry.get("name"))
        if any(key == name or key.startswith(f"{name}.") for key in given):
            continue
        variable = entry.get("variable")
        if variable is None:
            raise UnsupportedError(f'the context "{name}" is asked of a cluster', "Give its value")
        context.values = {**context.values, name: _variable(variable, context)}


def _variable(variable: dict[str, Any], context: Context) -> Any:
    try:
        if "value" in variable:
            value = context.resolved(variable["value"])
            if variable.get("jmesPath"):
                value = Context(value if isinstance(value, dict) else {"@": value}).search(str(variable["jmesPath"]))
        else:
            value = context.search(str(context.resolved(variable.get("jmesPath") or "")))
    except NotFound:
        value = None
    return variable.get("default") if value is None else value


def _images(item: dict[str, Any]) -> dict[str, Any]:
    """Return the images of a pod by kind of container and name, as `images` has them."""
    spec = item.get("spec") or {}
    out: dict[str, Any] = {}
    for kind in ("containers", "initContainers", "ephemeralContainers"):
        listed = spec.get(kind) if isinstance(spec, dict) else None
        named = [one for one in listed or () if isinstance(one, dict) and one.get("image")]
        if named:
            out[kind] = {str(one.get("name")): image_of(str(one["image"])) for one in named}
    return out


def image_of(text: str) -> dict[str, Any]:
    """Return registry, path, name, tag and digest of an image's reference; `latest` where it names neither."""
    rest, _, digest = text.partition("@")
    first, slash, path = rest.partition("/")
    registry = first if slash and ("." in first or ":" in first or first == "localhost") else "docker.io"
    path = path if slash and registry == first else rest
    path, _, tag = path.partition(":")
    found = {"registry": registry, "path": path, "name": path.rpartition("/")[2], "reference": text}
    return {**found, "tag": tag or ("" if digest else "latest"), **({"digest": digest} if digest else {})}
