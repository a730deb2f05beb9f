"""Codecs of software bills of materials: CycloneDX and SPDX, bytes to `Inventory` and back."""
