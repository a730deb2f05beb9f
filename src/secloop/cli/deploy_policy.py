"""`secloop deploy policy`: policies people already have."""

from __future__ import annotations

from secloop.cli.groups import group

command = group(
    "deploy_policy",
    "Test policies of Gatekeeper, Kyverno, OPA and Conftest.",
    {
        "test": "Run the tests that come with policies.",
    },
)
