"""Test: SAST and DAST. No sensor yet."""
