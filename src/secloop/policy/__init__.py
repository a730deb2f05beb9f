"""Decisions: expressions, gates, admission of findings, exceptions, baselines."""
