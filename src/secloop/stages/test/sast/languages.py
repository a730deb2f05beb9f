"""What the sensor and the engine are called and read; nothing heavy is imported for it."""

from __future__ import annotations

NAME = "semgrep"
"""The engine, and the language that its rules are written in."""

LANGUAGES = ("python", "javascript", "typescript", "java", "go", "html")
"""Languages of rules; templates and pages (`html`) are read as text, by `pattern-regex` alone."""

TEMPLATES = (".html", ".htm", ".jinja", ".jinja2", ".j2", ".ejs", ".hbs", ".mustache", ".njk", ".twig")
"""How the names of files of `html` end."""
