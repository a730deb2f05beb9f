"""Rule pages: parsing, the pack, the index, and the engine protocol."""
