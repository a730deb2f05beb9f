"""One pass over a source: walk, read, classify, hand the same bytes to every sensor."""
