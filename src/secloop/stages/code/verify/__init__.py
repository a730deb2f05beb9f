"""Live validation: asks a provider whether a secret still works, when `--verify` says so."""
