"""Codecs of VEX documents: OpenVEX, CSAF and CycloneDX, bytes to `Statement` values and back."""
