"""Build: packages, advisories, licences, SBOM."""
