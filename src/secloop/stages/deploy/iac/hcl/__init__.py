"""HCL: the language of Terraform and OpenTofu, read with lines and evaluated without knowing everything."""
