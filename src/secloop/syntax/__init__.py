"""Syntax trees of programs, by tree-sitter: what reachability reads imports and calls from, and what SAST stands on."""
