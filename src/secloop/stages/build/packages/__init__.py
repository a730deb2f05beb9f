"""Readers of manifests and lock files: one file per format, each a pure function from bytes to packages."""
