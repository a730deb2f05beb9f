"""SAST: one tree for every language, Semgrep's patterns over it, and where data goes."""
