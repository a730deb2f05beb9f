"""Kubernetes manifests and Helm charts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.scan.base import FileMeta
from secloop.stages.build.dependencies.sensor import DependenciesSensor
from secloop.stages.build.packages.registry import extractor_for
from stages.build.reading import component, components

MANIFEST = """apiVersion: apps/v1
kind: Deployment
metadata:
  annotations:
    image: not:1.0
spec:
  template:
    spec:
      initContainers:
        - image: busybox
          name: init
      containers:
      - name: app
        image: registry.example.org:5000/team/app:1.2
        env:
        - name: image
          value: not:2.0
      - name: sidecar
        image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
---
apiVersion: v1
kind: ConfigMap
data:
  compose: |
    containers:
      - image: not:3.0
---
apiVersion: tekton.dev/v1
kind: Task
spec:
  steps:
    - name: x
      image: alpine:3.19
"""
VALUES = """image:
  registry: registry.example.org
  repository: team/app
  tag: "1.10"
db:
  image:
    repository: postgres
    tag: ""
sidecar:
  image: envoy/proxy:v1.30.0
other:
  image: plain-word
  repository: https://example.org/charts
list:
  - image: {repository: redis, tag: 7, digest: "sha256:%s"}
""" % ("ab" * 32)
CHART = """apiVersion: v2
name: shop
dependencies:
  - name: postgresql
    version: 15.5.0
    repository: https://me:pw@charts.example.org/stable/
  - name: redis
    version: ~19
    repository: "@acme"
  - name: own
    version: 1.0.0
    repository: file://../own
"""


def test_images_of_containers_are_named_and_other_images_are_not() -> None:
    found = {(c.name, c.version): c.line for c in components({"k8s/app.yaml": MANIFEST})}
    assert found == {
        ("busybox", "latest"): 10,
        ("registry.example.org:5000/team/app", "1.2"): 14,
        ("alpine", "3.19"): 33,
    }


def test_yaml_that_is_no_manifest_is_passed_over() -> None:
    assert not components({"a.yaml": MANIFEST.replace("kind:", "sort:")})


@pytest.mark.parametrize(
    ("path", "head", "wanted"),
    [
        ("a.yaml", b"apiVersion: v1\nkind: Pod\n", True),
        ("a.yml", b"# x\non:\n  push:\njobs:\n", True),
        ("a.yaml", b"version: 1\n", False),
        ("docker-compose.yml", b"services:\n", True),
    ],
)
def test_the_sensor_asks_for_yaml_by_its_first_lines(path: str, head: bytes, wanted: bool) -> None:
    assert DependenciesSensor().wants(FileMeta(path=path, size=len(head), head=head)) == wanted


def test_values_name_images_in_parts_and_in_one() -> None:
    files = {"chart/values.yaml": VALUES}
    assert {(c.name, c.version) for c in components(files)} == {
        ("registry.example.org/team/app", "1.10"),
        ("postgres", ""),
        ("envoy/proxy", "v1.30.0"),
        ("redis", "7"),
    }
    assert component(files, "envoy/proxy").line == 10
    assert component(files, "redis").hashes == (f"sha256:{'ab' * 32}",)


def test_a_chart_asks_for_charts() -> None:
    found = {c.name: (c.version, c.constraint, c.origin, c.line) for c in components({"Chart.yaml": CHART})}
    assert found == {
        "postgresql": ("15.5.0", "", "https://charts.example.org/stable", 4),
        "redis": ("", "~19", "@acme", 7),
    }


def test_a_chart_with_a_lock_beside_it_adds_nothing() -> None:
    chart = "- name: {}\n  version: {}\n  repository: https://charts.example.org\n"
    lock = "dependencies:\n" + chart.format("redis", "19.6.4") + chart.format("postgresql", "15.5.0")
    files = {"Chart.yaml": CHART, "Chart.lock": lock}
    assert {(c.purl, c.file, c.direct) for c in components(files)} == {
        ("pkg:helm/redis@19.6.4", "Chart.lock", True),
        ("pkg:helm/postgresql@15.5.0", "Chart.lock", True),
    }


def test_values_that_share_parts_end() -> None:
    text = "a0: &a0 {image: redis:7}\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 25)
    )
    assert [c.purl for c in components({"values.yaml": text})] == ["pkg:docker/redis@7"]


@given(st.binary(), st.sampled_from(["a.yaml", "values.yaml", "Chart.yaml", "Chart.lock"]))
def test_no_bytes_raise(data: bytes, path: str) -> None:
    components({path: b"apiVersion: v1\nkind: Pod\n" + data})


def test_every_yaml_file_has_a_reader_of_last_resort() -> None:
    found = extractor_for("any/where.yaml")
    assert found is not None
    assert found.name == "manifest"


KUSTOMIZATION = """images:
- name: nginx
  newTag: 1.27.0
- name: app
  newName: registry.example.org/team/app
  digest: sha256:{}
- name: only-renamed
  newName: other
""".format("ab" * 32)


def test_a_kustomization_puts_images_in_place_of_others() -> None:
    found = {(c.name, c.version[:10], c.line) for c in components({"base/kustomization.yaml": KUSTOMIZATION})}
    assert found == {("nginx", "1.27.0", 3), ("registry.example.org/team/app", "sha256:aba", 6)}
