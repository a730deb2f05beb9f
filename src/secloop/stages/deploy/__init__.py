"""Deploy: infrastructure as code, admission and IAM. No sensor yet."""
