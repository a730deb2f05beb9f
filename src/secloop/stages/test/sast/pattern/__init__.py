"""Patterns: code with holes, read by the language's own front end and matched against its trees."""
