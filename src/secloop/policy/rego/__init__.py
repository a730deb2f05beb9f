"""Rego, for those who have policies of OPA, Conftest or Gatekeeper: an engine behind a small interface."""
