"""Codecs between bytes and model values."""
