"""The values everything else speaks in: frozen, keyword-only msgspec structs.

Nothing in this package does I/O, and nothing in it imports more than the standard library and msgspec.
"""
