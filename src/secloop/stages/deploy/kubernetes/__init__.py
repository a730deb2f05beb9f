"""Kubernetes admission: policies people already have, judged before anything is admitted."""
