"""Terraform and OpenTofu: modules, plans and states as resources of the normal form."""
