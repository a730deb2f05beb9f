"""Semgrep's rule format: read, checked, and evaluated over a file."""
