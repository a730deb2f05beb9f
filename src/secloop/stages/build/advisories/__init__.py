"""Known vulnerabilities: readers of advisory sources, the index over them, and the starter set."""
