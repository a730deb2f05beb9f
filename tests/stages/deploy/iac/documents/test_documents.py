"""Manifests, Dockerfiles and workflows as resources."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.errors import UnreadableError
from secloop.stages.deploy.iac.documents import dockerfile, kubernetes, workflow, yamltext


def test_yaml_knows_the_lines_of_keys_and_items() -> None:
    found = yamltext.documents("a:\n  - b: 1\n  - c: two\n---\non: yes\n")
    assert [one.value for one in found] == [{"a": [{"b": 1}, {"c": "two"}]}, {"on": "yes"}]
    assert found[0].lines["a[1].c"].first == 3
    assert found[1].line == 5


def test_anchors_that_multiply_are_cut() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
    with pytest.raises(UnreadableError, match="anchors"):
        yamltext.documents(bomb)


@pytest.mark.parametrize("text", ["a: [", "a: &a [*a]\n", "\x00", "a: b: c", "- " * 3_000])
def test_what_is_no_yaml_or_a_circle_is_told(text: str) -> None:
    with pytest.raises(UnreadableError):
        yamltext.documents(text)


@given(st.text(alphabet="ab:-[]{}&*!|>'\"\n #%@,?<", max_size=80))
def test_any_text_is_yaml_or_unreadable(text: str) -> None:
    try:
        yamltext.documents(text)
    except UnreadableError:
        return


def test_objects_have_addresses_and_the_parts_of_their_pods() -> None:
    text = (
        "apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: j\n  namespace: n\nspec:\n  jobTemplate:\n    spec:\n"
        "      template:\n        spec:\n          hostPID: true\n          initContainers:\n            - name: i\n"
        "          containers:\n            - name: c\n              image: x\n"
    )
    (found,) = kubernetes.objects(text, "j.yaml")
    assert (found.type, found.address) == ("batch/CronJob", "batch/CronJob/n/j")
    assert [one["name"] for one in found.attrs["containers"]] == ["i", "c"]
    assert found.at("containers[1].image").first == 16
    assert found.attrs["pod"] == {"hostPID": True}


def test_a_list_of_objects_is_its_objects() -> None:
    text = "apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: Namespace\n    metadata:\n      name: a\n"
    assert [one.address for one in kubernetes.objects(text, "l.yaml")] == ["/Namespace/a"]


def test_a_namespace_knows_what_it_holds() -> None:
    text = (
        "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n---\n"
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: s\n  namespace: a\n"
    )
    namespace = kubernetes.linked(kubernetes.objects(text, "x.yaml"))[0]
    assert namespace.links == {"/Service": ("/Service/a/s",)}


def test_dockerfiles_are_instructions_with_lines() -> None:
    text = (
        "# syntax=docker/dockerfile:1\nFROM --platform=linux/amd64 a:1 AS b\nRUN x && \\\n  # why\n  y\nRUN <<EOF\n"
        'curl z | sh\nEOF\nFROM b\nUSER app:app\nCMD ["x"]\n'
    )
    found = dockerfile.resource(text, "Dockerfile")
    names = [(one["name"], one["stage"]) for one in found.attrs["instructions"]]
    assert names == [("FROM", 0), ("RUN", 0), ("RUN", 0), ("FROM", 1), ("USER", 1), ("CMD", 1)]
    assert found.attrs["instructions"][0]["flags"] == {"platform": "linux/amd64"}
    assert "curl z | sh" in found.attrs["instructions"][2]["text"]
    assert found.attrs["instructions"][3]["is_stage"]
    assert found.attrs["last"] == [{"user": "app", "runs": True, "image": "b", "is_stage": True}]
    assert (found.at("instructions[1]").first, found.at("instructions[1]").last) == (3, 5)
    assert found.at("last[0].user").first == 11


@given(st.text(alphabet='FROMRUN AD<E\\\n-=#"x', max_size=80))
def test_any_text_is_a_dockerfile_of_some_kind(text: str) -> None:
    assert dockerfile.resource(text, "Dockerfile").type == dockerfile.TYPE


def test_workflows_are_their_steps() -> None:
    text = (
        "on:\n  pull_request:\npermissions: write-all\njobs:\n  a:\n    steps:\n      - uses: x/y@v1\n"
        "      - run: |\n          one\n          two ${{ github.head_ref }}\n"
    )
    (found,) = workflow.resources(text, ".github/workflows/ci.yml")
    assert found.attrs["events"] == ["pull_request"]
    assert found.attrs["grants"] == [{"job": "", "all": True, "writes": []}]
    assert [(one["action"], one["ref"], one["pinned"]) for one in found.attrs["steps"]] == [
        ("x/y", "v1", False),
        ("", "", False),
    ]
    assert found.attrs["steps"][1]["expressions"] == ["github.head_ref"]
    assert found.at("steps[1].run").first == 10


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        (".github/workflows/x.yml", True),
        ("a/.github/workflows/x.yaml", True),
        (".github/x.yml", False),
        ("workflows/x.yml", False),
    ],
)
def test_workflows_are_told_by_their_folder(path: str, is_one: bool) -> None:
    assert workflow.is_workflow(path) is is_one
