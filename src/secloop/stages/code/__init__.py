"""Code: secrets in files, staged changes and history."""
