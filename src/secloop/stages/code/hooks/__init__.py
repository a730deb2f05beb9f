"""Git hooks: put in place, taken away, and what they look at."""
