"""`secloop deploy policy test` on suites of each of the three kinds, as their own tools would run them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine

TEMPLATE = """
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata:
  name: needslabels
spec:
  crd:
    spec:
      names:
        kind: NeedsLabels
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package needslabels

        violation[{"msg": msg}] {
          wanted := input.parameters.labels[_]
          not input.review.object.metadata.labels[wanted]
          msg := sprintf("label %v is missing", [wanted])
        }
"""
CONSTRAINT = """
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: NeedsLabels
metadata:
  name: team
spec:
  match:
    kinds:
      - apiGroups: [""]
        kinds: [Namespace]
  parameters:
    labels: [team]
"""
SUITE = """
kind: Suite
apiVersion: test.gatekeeper.sh/v1alpha1
tests:
  - name: labels
    template: template.yaml
    constraint: constraint.yaml
    cases:
      - name: with
        object: with.yaml
        assertions: [{violations: no}]
      - name: without
        object: without.yaml
        assertions: [{violations: WANTED}]
"""
POLICY = """
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: no-latest
spec:
  validationFailureAction: Enforce
  rules:
    - name: tag
      match:
        any:
          - resources:
              kinds: [Pod]
      validate:
        message: name a version
        pattern:
          spec:
            containers:
              - image: "!*:latest"
"""
KYVERNO = """
apiVersion: cli.kyverno.io/v1alpha1
kind: Test
metadata:
  name: no-latest
policies: [policy.yaml]
resources: [pods.yaml]
results:
  - policy: no-latest
    rule: tag
    kind: Pod
    resources: [good]
    result: pass
  - policy: no-latest
    rule: tag
    kind: Pod
    resources: [bad]
    result: RESULT
"""
PODS = """
apiVersion: v1
kind: Pod
metadata: {name: good}
spec: {containers: [{name: a, image: "shop:1.2"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: bad}
spec: {containers: [{name: a, image: "shop:latest"}]}
"""


def namespace(labels: str) -> str:
    return f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: shop, labels: {labels}}}\n"


def gatekeeper(folder: Path, wanted: str) -> None:
    files = {"template": TEMPLATE, "constraint": CONSTRAINT, "suite": SUITE.replace("WANTED", wanted)}
    files |= {"with": namespace("{team: web}"), "without": namespace("{}")}
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)


def kyverno(folder: Path, result: str) -> None:
    files = {"policy": POLICY, "pods": PODS, "kyverno-test": KYVERNO.replace("RESULT", result)}
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)


def test_a_gatekeeper_suite_passes_where_the_constraint_says_what_it_wants(
    tmp_path: Path, secloop: CommandLine
) -> None:
    gatekeeper(tmp_path, "yes")
    result = secloop("deploy", "policy", "test", tmp_path)
    assert (result.code, "2 passed, 0 failed, 0 not judged" in result.out) == (0, True)


def test_a_gatekeeper_case_that_ends_otherwise_fails_the_run(tmp_path: Path, secloop: CommandLine) -> None:
    gatekeeper(tmp_path, "no")
    result = secloop("deploy", "policy", "test", tmp_path)
    assert (result.code, "FAIL labels/without" in result.out) == (1, True)


def test_a_kyverno_test_passes_and_fails_as_its_results_say(tmp_path: Path, secloop: CommandLine) -> None:
    kyverno(tmp_path, "fail")
    assert secloop("deploy", "policy", "test", tmp_path).code == 0
    kyverno(tmp_path, "pass")
    result = secloop("deploy", "policy", "test", tmp_path)
    assert (result.code, "fail, wanted pass" in result.out) == (1, True)


def test_rego_tests_run_as_opa_runs_them(tmp_path: Path, secloop: CommandLine) -> None:
    (tmp_path / "main.rego").write_text('package main\n\nimport rego.v1\n\ndeny contains "no" if input.kind == "Pod"\n')
    test = 'package main\n\nimport rego.v1\n\ntest_pod if count(deny) == NUMBER with input as {"kind": "Pod"}\n'
    (tmp_path / "main_test.rego").write_text(test.replace("NUMBER", "1"))
    assert secloop("deploy", "policy", "test", tmp_path).code == 0
    (tmp_path / "main_test.rego").write_text(test.replace("NUMBER", "2"))
    assert secloop("deploy", "policy", "test", tmp_path).code == 1


def test_a_file_that_a_suite_names_and_that_is_missing_is_not_passed(tmp_path: Path, secloop: CommandLine) -> None:
    gatekeeper(tmp_path, "yes")
    (tmp_path / "without.yaml").unlink()
    result = secloop("deploy", "policy", "test", tmp_path)
    assert (result.code, "1 not judged" in result.out) == (3, True)


MUTATING = """
apiVersion: policies.kyverno.io/v1alpha1
kind: MutatingPolicy
metadata:
  name: no-latest
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
"""


def test_a_policy_that_changes_objects_is_not_judged_although_it_has_nothing_to_check(
    tmp_path: Path, secloop: CommandLine
) -> None:
    kyverno(tmp_path, "pass")
    (tmp_path / "policy.yaml").write_text(MUTATING)
    result = secloop("deploy", "policy", "test", tmp_path)
    assert (result.code, "0 passed, 0 failed, 2 not judged" in result.out) == (3, True)


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("suite.yaml", "a: [1\n", "not valid YAML"),
        ("suite.yaml", "tests: [7]\n", "no list of mappings"),
        ("suite.yaml", "tests: []\n", "holds no case"),
        ("kyverno-test.yaml", "results: 5\n", "no list of mappings"),
        ("suite.yaml", "tests: [{template: ../out.yaml, cases: [{}]}]\n", "outside the folder"),
        ("a_test.rego", "this is no rego\n", "is no Rego"),
    ],
)
def test_a_broken_suite_gets_one_line_and_is_not_passed(
    tmp_path: Path, secloop: CommandLine, name: str, text: str, why: str
) -> None:
    (tmp_path / "out.yaml").write_text(TEMPLATE)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_text(text)
    result = secloop("deploy", "policy", "test", tmp_path / "in")
    assert (result.code, why in result.out, result.err) == (3, True, "")


def test_an_object_that_is_not_shaped_as_one_is_not_judged(tmp_path: Path, secloop: CommandLine) -> None:
    gatekeeper(tmp_path, "yes")
    (tmp_path / "without.yaml").write_text("apiVersion: v1\nkind: Namespace\nmetadata: text\n")
    result = secloop("deploy", "policy", "test", tmp_path)
    assert (result.code, "1 passed, 0 failed, 1 not judged" in result.out) == (3, True)


def test_a_test_that_never_ends_is_ended(tmp_path: Path, secloop: CommandLine) -> None:
    slow = "some i in numbers.range(1, 100000)\n  some j in numbers.range(1, 100000)\n  i * j == -1"
    (tmp_path / "a_test.rego").write_text(f"package a\n\nimport rego.v1\n\ntest_slow if {{\n  {slow}\n}}\n")
    result = secloop("deploy", "policy", "test", tmp_path, "--timeout", "2")
    assert (result.code, "took longer than 2 seconds" in result.out) == (3, True)
