"""The feeds folder: copies of advisory sources with their digests and dates, and one index over all of them."""
