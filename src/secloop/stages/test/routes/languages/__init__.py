"""What calls, functions and classes say of routes, one file for each language."""
