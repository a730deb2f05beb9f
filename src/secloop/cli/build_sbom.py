"""`secloop build sbom`: software bills of materials."""

from __future__ import annotations

from secloop.cli.groups import group

command = group(
    "build_sbom",
    "Write the SBOM of a project (what `sbom` alone does), or compare, score, merge and validate SBOMs.",
    {
        "write": "Write the SBOM of the project: CycloneDX or SPDX.",
        "diff": "Say what changed between two SBOMs, folders or git refs.",
        "score": "Say how much of what NTIA, CISA and BSI ask for an SBOM holds.",
        "merge": "Write several SBOMs as one.",
        "validate": "Check SBOMs against the published schemas.",
    },
    default="write",
)
