"""Version order per ecosystem, as sort keys: any two keys of one ecosystem compare, and no input raises."""
