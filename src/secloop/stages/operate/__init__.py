"""Operate: cloud posture, drift and remediation. No sensor yet."""
