"""The code stage over a repository's past: what was ever committed, who brought it, and whether it still stands."""
