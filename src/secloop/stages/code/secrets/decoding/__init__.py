"""Looking through encodings: base64, hex, percent and escapes, the cells of notebooks, and the members of archives."""
