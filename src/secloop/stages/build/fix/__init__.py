"""Fixes of vulnerable dependencies: which version, and how it gets into the manifest or lock file."""
