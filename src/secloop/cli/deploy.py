"""`secloop deploy`: infrastructure as code."""

from __future__ import annotations

from secloop.cli.groups import group

command = group(
    "deploy",
    "Find what is misconfigured in infrastructure code.",
    {
        "iac": "Check Terraform, Kubernetes manifests, Dockerfiles and GitHub workflows.",
        "policy": "Run the tests of Gatekeeper, Kyverno and Rego policies.",
    },
)
