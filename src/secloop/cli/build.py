"""`secloop build`: what the project is made of."""

from __future__ import annotations

from secloop.cli.groups import group

command = group(
    "build",
    "Show what the project is made of: dependencies, licences, SBOM and VEX.",
    {
        "sbom": "Write, compare, score, merge and validate SBOMs.",
        "licenses": "Show the licences of dependencies and what the policy says.",
        "notices": "Write the NOTICE file that licences ask for.",
        "vex": "Write a VEX document: which vulnerabilities affect the project.",
        "tree": "Show the dependencies as a tree.",
        "why": "Show how a package comes in.",
        "image": "Scan a container image: a file, a folder or a registry's.",
    },
)
