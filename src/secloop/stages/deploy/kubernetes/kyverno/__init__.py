"""Kyverno's policies: patterns, conditions, CEL."""
