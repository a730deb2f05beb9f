"""Licences of dependencies: what is declared, what it means, and whether the project's policy allows it."""
