"""Secrets: an engine that reads Gitleaks' match keys, and the sensor that runs it over files."""
