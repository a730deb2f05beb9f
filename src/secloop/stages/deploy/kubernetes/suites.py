"""Tests that come with policies, run as their own tools run them: Gatekeeper suites, Kyverno tests, Rego tests."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secloop.model.base import Value
from secloop.model.errors import UnreadableError, UsageError
from secloop.policy.cel_libraries import patterns as regex
from secloop.policy.rego.engine import RegoError, Rules
from secloop.stages.deploy.kubernetes import documents, gatekeeper
from secloop.stages.deploy.kubernetes.kyverno.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Iterator

GATEKEEPER = "suite.yaml"
KYVERNO = "kyverno-test.yaml"
REGO_TEST = "_test.rego"
MAX_BYTES = 5 << 20
"""Bytes of a file of a suite."""

MISSHAPEN = (AttributeError, TypeError, KeyError, IndexError, ValueError)
"""What reading a foreign policy by the shape it should have ends in when it has another: the case is not judged."""

_SKIPPED = frozenset({".git", "node_modules", ".terraform"})


class Case(Value):
    """A case of a suite (path from the root): whether it ended as wanted, else why not. `known` False: not judged."""

    suite: str
    name: str
    passed: bool
    note: str = ""
    known: bool = True


def find(root: Path) -> tuple[Path, ...]:
    """Return the files that hold tests, and for tests in Rego the folders, in order of their paths."""
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED)
        found += [Path(folder) / name for name in (GATEKEEPER, KYVERNO) if name in names]
        if any(name.endswith(REGO_TEST) for name in names):
            found.append(Path(folder))
    return tuple(found)


def run(path: Path, root: Path) -> Iterator[Case]:
    """Yield the cases of what `find` returned. Raises: UsageError, UnreadableError for a suite that is none."""
    name = path.relative_to(root).as_posix()
    if path.is_dir():
        cases = _rego(path, name, root)
    elif path.name == GATEKEEPER:
        cases = _gatekeeper(path, name, root)
    else:
        cases = _kyverno(path, name, root)
    empty = True
    for case in cases:
        empty = False
        yield case
    if empty:
        yield Case(suite=name, name="", passed=False, note="holds no case", known=False)


def _content(path: Path, root: Path) -> str:
    """Return the text of a file below the root. Raises: UsageError, UnreadableError."""
    if not path.resolve().is_relative_to(root.resolve()):
        raise UsageError(f"{path.name} lies outside the folder that was given", "Give the one that holds it")
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror})") from error
    if len(content) > MAX_BYTES:
        raise UnreadableError(f"{path.name} is larger than {MAX_BYTES} bytes")
    return content.decode("utf-8", "replace")


def _read(path: Path, root: Path) -> list[dict[str, Any]]:
    """Return the objects of a file below the root. Raises: UsageError, UnreadableError."""
    return [document.value for document in documents.read(_content(path, root))]


def _rows(of: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """Return what is listed under a key. Raises: UsageError where it is no list of mappings."""
    rows = of.get(key) or []
    if not isinstance(rows, list) or not all(isinstance(one, dict) for one in rows):
        raise UsageError(f"`{key}` is no list of mappings", "Correct the suite")
    return rows


def _listed(of: dict[str, Any], key: str, path: Path, root: Path) -> list[dict[str, Any]]:
    """Return the objects of the files that are listed under a key. Raises: UsageError, UnreadableError."""
    files = of.get(key) or []
    if not isinstance(files, list):
        raise UsageError(f"`{key}` is no list of files", "Correct the suite")
    return [item for file in files for item in _read(path.parent / str(file), root)]


def _gatekeeper(path: Path, name: str, root: Path) -> Iterator[Case]:
    for suite in _read(path, root):
        for test in _rows(suite, "tests"):
            template = gatekeeper.template_of(_first(path.parent / str(test.get("template")), root))
            constraint = _first(path.parent / str(test.get("constraint")), root)
            for case in _rows(test, "cases"):
                passed = Case(suite=name, name=f"{test.get('name')}/{case.get('name')}", passed=True)
                yield _gatekeeper_case(path, root, case, passed, template, constraint)


def _first(path: Path, root: Path) -> dict[str, Any]:
    found = _read(path, root)
    if not found:
        raise UsageError(f"{path} is empty", "Give a policy")
    return found[0]


def _gatekeeper_case(
    path: Path,
    root: Path,
    case: dict[str, Any],
    passed: Case,
    template: gatekeeper.Template,
    constraint: dict[str, Any],
) -> Case:
    try:
        items = _listed(case, "inventory", path, root)
        review = gatekeeper.review_of(_first(path.parent / str(case.get("object")), root))
        ready = gatekeeper.Constraint(template, constraint, gatekeeper.inventory_of(items))
        messages = ready.review(review)
        assertions = _rows(case, "assertions") or [{}]
    except (UsageError, UnreadableError) as error:
        return _unknown(passed.suite, passed.name, str(error))
    except MISSHAPEN:
        return _unknown(passed.suite, passed.name, "the policy or the object is not shaped as one")
    for wanted in assertions:
        if not _asserted(wanted, messages):
            note = f"{len(messages)} violations, wanted {wanted.get('violations', 'yes')}"
            return Case(suite=passed.suite, name=passed.name, passed=False, note=note)
    return passed


def _unknown(suite: str, name: str, why: str) -> Case:
    return Case(suite=suite, name=name, passed=False, note=why, known=False)


def _asserted(wanted: dict[str, Any], messages: tuple[str, ...]) -> bool:
    pattern = wanted.get("message")
    count = sum(1 for message in messages if not pattern or regex.find_all(message, str(pattern), 1))
    number = wanted.get("violations", "yes")
    if number in (True, "yes"):
        return count > 0
    return count == 0 if number in (False, "no") else count == number


def _kyverno(path: Path, name: str, root: Path) -> Iterator[Case]:
    for test in _read(path, root):
        policies, items = _listed(test, "policies", path, root), _listed(test, "resources", path, root)
        engine = Engine()
        for result in _rows(test, "results"):
            resources = result.get("resources") or [result.get("resource")]
            for resource in resources if isinstance(resources, list) else [resources]:
                yield _kyverno_case(engine, policies, items, result, _named(resource), name)


def _named(resource: Any) -> str:
    return str(resource.get("name") if isinstance(resource, dict) else resource)


def _kyverno_case(
    engine: Engine,
    policies: list[dict[str, Any]],
    items: list[dict[str, Any]],
    result: dict[str, Any],
    resource: str,
    suite: str,
) -> Case:
    policy_name, rule = str(result.get("policy")).rpartition("/")[2], result.get("rule")
    title = "/".join(str(one) for one in (policy_name, rule, result.get("kind"), resource) if one)
    policy = next((one for one in policies if _meta(one).get("name") == policy_name), None)
    item = next((one for one in items if _is(one, result.get("kind"), resource)), None)
    if policy is None or item is None:
        return _unknown(suite, title, "policy or resource not found")
    try:
        plain = policy.get("kind") in {"ClusterPolicy", "Policy"}
        verdict = engine.rule(policy, str(rule), item) if plain else engine.policy(policy, item)
    except UsageError as error:
        return _unknown(suite, title, str(error))
    except MISSHAPEN:
        return _unknown(suite, title, "the policy or the object is not shaped as one")
    wanted = str(result.get("result"))
    note = "" if verdict.outcome == wanted else f"{verdict.outcome}, wanted {wanted}"
    return Case(suite=suite, name=title, passed=not note, note=note)


def _meta(item: dict[str, Any]) -> dict[str, Any]:
    meta = item.get("metadata")
    return meta if isinstance(meta, dict) else {}


def _is(item: dict[str, Any], kind: Any, name: str) -> bool:
    space, _, short = name.rpartition("/")
    own = _meta(item)
    fits = not kind or item.get("kind") == str(kind).rpartition("/")[2]
    return fits and own.get("name") == short and (not space or (own.get("namespace") or "default") == space)


def _rego(folder: Path, name: str, root: Path) -> Iterator[Case]:
    """Run the rules `test_*` of a folder's modules, as OPA and Conftest do; `todo_test_*` are left out."""
    modules = [(file.name, _content(file, root)) for file in sorted(folder.glob("*.rego"))]
    rules = _loaded(modules)
    for (module, source), package in zip(modules, rules.packages, strict=True):
        for test in dict.fromkeys(regex.find_all(source, r"(?m)^test_[A-Za-z0-9_]+")):
            if module.endswith(REGO_TEST):
                yield _rego_case(rules, f"{package}.{test}", name)


def _loaded(modules: list[tuple[str, str]]) -> Rules:
    """Return the modules read as Rego of today, else as it was before OPA 1.0. Raises: UsageError."""
    try:
        return Rules(modules, {}, v0=False)
    except RegoError:
        return Rules(modules, {}, v0=True)


def _rego_case(rules: Rules, rule: str, suite: str) -> Case:
    try:
        answer = rules.ask(rule, {})
    except RegoError as error:
        return _unknown(suite, rule, str(error))
    return Case(suite=suite, name=rule, passed=answer is True, note="" if answer is True else "is not true")
