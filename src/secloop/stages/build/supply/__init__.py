"""Supply-chain findings beside vulnerabilities: malicious and imitated packages, what is not pinned, what has ended."""
