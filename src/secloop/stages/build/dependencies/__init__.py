"""The dependencies sensor: packages of the tree, matched against advisories."""
