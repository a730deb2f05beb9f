"""Resources in their normal form: values that may be unknown, normalisers, and how resources hang together."""
