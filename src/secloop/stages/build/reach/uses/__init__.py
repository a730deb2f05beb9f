"""What a parsed file imports for certain, and which members of it it names: one file per language."""
